/**
 * The staged files of a run go while it needs them. It stages them again and continues, and it never fails for that.
 */
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startLyticsSimulator } from '../../simulators/lytics/index.ts';
import { discardStaged } from '../../src/use-cases/chores.ts';
import { held, members } from '../support/cli.ts';
import { databases, useDatabase } from '../support/databases.ts';
import { directoryOfTest } from '../support/directory.ts';
import { journalsOn, storeOn } from '../support/journals.ts';
import { leasesOn } from '../support/leases.ts';
import { started } from '../support/runs.ts';
import { aiko, aNewJob, anAuthorization, openBox } from '../support/service.ts';
import { type ServiceBench, serviceBench, until } from '../support/service-bench.ts';
import { makeJob, queueRun, time } from '../support/stored-runs.ts';

const HOUR = 3_600_000;
const stagedIn = ({ directory }: ServiceBench, runId: string) => join(directory, 'data', 'staged', runId);

describe('a run whose staged files go', () => {
  test('after LINE has a part of it scans again, and sends the rest of the same chunks', async () => {
    const bench = await serviceBench({ simulator: { jobMs: HOUR }, pace: { chunkRecords: 20 } });
    const { csv, hashes } = members(50, 'lost-');
    const { id, last_run } = await bench.createJob({ segment_id: bench.write('members.csv', csv) });
    const runId = last_run!.id;
    await until(
      () => bench.service.runs.get(runId),
      ({ progress }) => progress?.stage === 'wait',
    );
    rmSync(stagedIn(bench, runId), { recursive: true });
    bench.simulator.configure({ jobMs: 60 });
    bench.simulator.advance(HOUR);
    const job = await bench.waitForJob(id, ({ status }) => status !== 'runnable');
    expect(job).toMatchObject({ error: null, last_run: { id: runId, status: 'succeeded' } });
    expect(held(bench.simulator, job.audience_id!)).toEqual(hashes);
    expect(bench.simulator.inspect().jobs).toHaveLength(3);
    expect(bench.simulator.inspect().violations).toEqual([]);
  });

  test('during the scan scans from the beginning', async () => {
    const lytics = await startLyticsSimulator({ members: 6_000, pageMs: 60 });
    onTestFinished(() => lytics.close());
    const bench = await serviceBench();
    const { token, origin } = lytics;
    const { value: source } = await bench.service.authorizations.create(
      {
        provider: 'lytics',
        method: 'lytics_api_token',
        label: 'lytics',
        description: '',
        configuration: { token, origin },
      },
      aiko,
    );
    const { value: created } = await bench.service.jobs.create(
      {
        ...aNewJob(bench.authorizationId, { segment_id: lytics.segmentId('all_members') }),
        source_authorization_id: source.id,
      },
      aiko,
    );
    const runId = created.last_run!.id;
    const staged = async () => {
      const path = stagedIn(bench, runId);
      return existsSync(path) ? readdirSync(path) : [];
    };
    await until(staged, (names) => names.includes('checkpoint.json'));
    // The next checkpoint cannot be written.
    rmSync(stagedIn(bench, runId), { recursive: true });
    const job = await bench.waitForJob(created.id, ({ status }) => status !== 'runnable');
    expect(job).toMatchObject({ error: null, last_run: { id: runId, status: 'succeeded', scanned: 6_000 } });
    expect(bench.simulator.inspect().violations).toEqual([]);
  });
});

describe.each(databases)('staged files that nobody can read, on $kind', (kind) => {
  const current = useDatabase(kind);

  test('are deleted, but not those of a run that makes its key at this moment', async () => {
    const { db } = current.database;
    const box = await openBox(db);
    const stagingRoot = directoryOfTest('staged');
    const process = () => {
      const leases = leasesOn(db);
      onTestFinished(() => leases.close());
      return journalsOn(db, { leases, box, stagingRoot });
    };
    const [worker, chore] = [process(), process()];
    const store = storeOn(db);
    const job = await makeJob(store, (await anAuthorization(db, box)).id);
    await queueRun(store, 'held', job.id);
    await queueRun(store, 'resumed');
    for (const name of ['held', 'resumed', 'gone']) mkdirSync(join(stagingRoot, name));
    const journal = await worker.open('held', async () => started('held', time(1)));
    await discardStaged({
      db,
      stagingRoot,
      journals: {
        whileNobodyHolds: async (runId, work) => {
          // After the chore has found no key, and before it has the run.
          if (runId === 'resumed') {
            const row = { run_id: runId, file_key: 'sealed', key_id: box.keyId };
            await db.insertInto('staging_keys').values(row).execute();
          }
          await chore.whileNobodyHolds(runId, work);
        },
      },
    });
    expect(readdirSync(stagingRoot).sort()).toEqual(['held', 'resumed']);
    await journal.close();
    await discardStaged({ db, stagingRoot, journals: chore });
    expect(readdirSync(stagingRoot)).toEqual(['resumed']);
  });
});
