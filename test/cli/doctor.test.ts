/** `lineup doctor` as a person runs it: while a service runs, and alone. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Finding } from '../../src/compose/doctor.ts';
import { openDatabase } from '../../src/store/database/open-database.ts';
import { bench } from '../support/cli.ts';
import { embedDatabase } from '../support/databases.ts';

test('it prints a page for people or a document for programs, with an exit status', async () => {
  const scene = await bench();
  const data = join(scene.directory, 'data');
  await embedDatabase(data);
  const database = await openDatabase({ dataDirectory: data });

  // The embedded database is in use. Doctor reports this, and it is not an error.
  const beside = await scene.run(['doctor']).finally(() => database.close());
  expect([beside.code, beside.stderr]).toEqual([0, '']);
  expect(beside.stdout).toMatch(/^lineup doctor · 20.*\n\nok {7}Versions/);
  expect(beside.stdout).toMatch(/Database +Embedded and in use by a service.*process \d+/);
  expect(beside.stdout).toMatch(/\n0 problems, \d warnings?\.\n$/);

  const alone = await scene.run(['doctor', '--json'], {
    environment: { LINEUP_CONCURRENCY: 'many', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' },
  });
  const { ok, findings } = JSON.parse(alone.stdout) as { ok: boolean; findings: Finding[] };
  expect([alone.code, ok, alone.stderr]).toEqual([1, false, '']);
  const about = (topic: string) => findings.filter((finding) => finding.topic === topic);
  expect(about('Configuration')).toMatchObject([
    { status: 'problem', message: expect.stringMatching(/^LINEUP_CONCURRENCY (?!.*many)/) },
  ]);
  expect(about('Host')).toMatchObject([
    { status: 'problem', message: expect.stringMatching(/^OpenTelemetry at 127\.0\.0\.1:1 cannot be reached/) },
  ]);
  expect(about('Database')[0]?.message).toMatch(/^Embedded, PostgreSQL \d+/);
  expect(about('Tables')[0]).toMatchObject({ status: 'ok', message: expect.stringContaining('Up to date') });
  expect((await scene.run(['doctor', '--everything'])).code).toBe(2);
}, 180_000);
