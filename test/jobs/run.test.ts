/** A job from its creation to the members at LINE, with all real parts. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { migrate } from '../../src/store/database/migrate.ts';
import { held, members } from '../support/cli.ts';
import { databases, type TestDatabases } from '../support/databases.ts';
import { serviceBench, until } from '../support/service-bench.ts';

/** On an empty database, as at a first start. */
const fresh = ({ kind, empty }: TestDatabases): TestDatabases => ({
  kind,
  empty,
  migrated: async () => {
    const made = await empty();
    await migrate(made.database);
    return made;
  },
});

describe.each(databases)('a job on $kind', (kind) => {
  // What a backup holds is in test/store/daily-backups.test.ts.
  test('runs at once when created, creates the audience, and sleeps until its slot, also while an embedded database is backed up', {
    timeout: 240_000,
  }, async () => {
    const bench = await serviceBench({ database: fresh(kind) });
    const backups = () => readdir(join(bench.directory, 'data', 'backups')).catch((): string[] => []);
    expect(await backups()).toEqual([]);
    bench.clock.advance(11 * 60_000);
    const { csv, hashes } = members(120);
    const created = await bench.createJob({ segment_id: bench.write('vip.csv', csv) });
    expect(created).toMatchObject({ status: 'runnable', last_run: { trigger: 'created' } });
    const job = await bench.waitForJob(created.id, ({ status }) => status !== 'runnable');
    expect(job).toMatchObject({
      status: 'sleeping',
      error: null,
      audience_id: expect.stringMatching(/^\d+$/),
      last_run: { status: 'succeeded', unique: 120, uploaded: 120 },
      recent_sizes: [120],
    });
    expect(held(bench.simulator, job.audience_id!)).toEqual(hashes);
    expect(bench.simulator.inspect().violations).toEqual([]);
    const expected = kind.kind === 'PGlite' ? [expect.stringMatching(/\.tar\.gz$/)] : [];
    expect(
      await until(backups, (names) => names.length === expected.length && !names.includes('unfinished'), 120_000),
    ).toEqual(expected);
    expect(bench.errors).toEqual([]);
  });
});
