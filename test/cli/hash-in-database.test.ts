/** `--hash-in-database`: refused before anything is read when the source cannot hash, or ids are sent raw. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { JobView } from '../../src/contracts/jobs.ts';
import { bench, members } from '../support/cli.ts';
import { serving } from '../support/serving.ts';

const email = ['--field', 'email', '--identifier-type', 'email'];
const audience = ['--ad-account', 'A1', '--audience-name', 'VIP'];

describe('export and prepare', () => {
  test.each([
    ['members.csv', 'members.csv'],
    ['-', 'standard input'],
    ['s3://bucket/members.csv', 's3://bucket/members.csv'],
    ['lytics:vip', 'lytics:vip'],
    ['https://someone:secret@files.example.com/a.csv', 'https://files.example.com/a.csv'],
  ])('refuse the source %s', async (source, shown) => {
    const { run, directory } = await bench();
    const flags = ['--source', source, ...email, '--hash-in-database'];
    const out = join(directory, 'out');
    for (const command of [
      ['export', ...flags, ...audience],
      ['prepare', ...flags, '--out', out],
    ]) {
      const { code, stderr } = await run(command);
      expect([code, stderr.trim()]).toEqual([
        2,
        `Error: --hash-in-database works only with bigquery:, mysql:, postgresql: and snowflake:, not with ${shown}.`,
      ]);
    }
    expect([existsSync(out), existsSync(join(directory, 'data', 'runs'))]).toEqual([false, false]);
  });

  test('refuse raw advertising ids', async () => {
    const { run } = await bench();
    const raw = ['--field', 'idfa', '--identifier-type', 'ifa', '--ifa-format', 'raw'];
    const { code, stderr } = await run([
      ...['export', '--source', 'postgresql:members', ...raw, ...audience, '--hash-in-database'],
    ]);
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining('--hash-in-database does not work with --ifa-format raw'),
    ]);
  });
});

test('a job of a file cannot turn it on', async () => {
  const { lineup, json, write } = await serving();
  const file = write('members.csv', members(5).csv);
  const create = (...more: string[]) =>
    lineup([
      ...['jobs', 'create', '--name', 'VIP', '--authorization', 'Main account', '--audience', file],
      ...[...audience, '--identifier-type', 'email', '--once', ...more],
    ]);
  const refusal = 'configuration.hash_in_database: This source cannot hash identifiers.';
  const refused = await create('--hash-in-database', 'yes');
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining(refusal)]);
  expect((await create('--hash-in-database', 'perhaps')).stderr).toContain(
    '--hash-in-database takes yes, no, but got "perhaps".',
  );
  expect((await create('--hash-in-database', 'no')).code).toBe(0);
  expect((await lineup(['jobs', 'edit', 'VIP', '--hash-in-database', 'yes'])).stderr).toContain(refusal);
  expect((await json<JobView>(['jobs', 'show', 'VIP'])).configuration.hash_in_database).toBe(false);
});
