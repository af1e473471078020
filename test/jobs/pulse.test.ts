/** The pulse of hundreds of runs costs the database as little as that of one run. */
import { expect, test } from 'vitest';
import { silentLog } from '../../src/contracts/event-log.ts';
import { Pulses } from '../../src/jobs/pulse.ts';
import type { Db } from '../../src/store/database/database.ts';
import { listRequests } from '../../src/store/repositories/run-requests.ts';
import { getRun, queueRuns } from '../../src/store/repositories/runs.ts';
import { mainDatabase } from '../support/databases.ts';
import { storeOn } from '../support/journals.ts';

const RUNS = 200;
const at = '2026-03-05T09:00:00.000Z';
const request = (endpoint: string) => ({
  at,
  method: 'GET',
  endpoint,
  status: 200,
  error: null,
  attempt: 1,
  duration_ms: 12.4,
});

test('one beat serves all runs: it renews the leases, counts the requests and finds the runs that a person stops', async () => {
  const { database, drop } = await mainDatabase.migrated();
  let statements = 0;
  const counted = database.db.withPlugin({
    transformQuery: ({ node }) => {
      statements += 1;
      return node;
    },
    transformResult: async ({ result }) => result,
  });
  const ids = Array.from({ length: RUNS }, (_, n) => `run_${n}`);
  for (const id of ids) await going(database.db, id);
  const beats: (() => void)[] = [];
  const pulses = new Pulses({
    store: storeOn(counted),
    now: () => new Date(at),
    everyMs: 1_000,
    log: silentLog,
    sleep: (_, signal) =>
      new Promise((resolve, reject) => {
        beats.push(resolve);
        signal?.addEventListener('abort', () => reject(signal.reason));
      }),
  });
  const all = ids.map((id) => ({ id, pulse: pulses.begin(id) }));
  await expect.poll(() => beats.length).toBe(1);
  for (const { id, pulse } of all) {
    pulse.progress({ stage: 'wait', chunk: 1, chunks: 2, jobStatus: 'WORKING' });
    for (const n of [1, 2]) pulse.request(request(`/v3/${id}/${n}`));
  }
  await database.db.updateTable('runs').set({ stop_requested: 'end' }).where('id', '=', 'run_7').execute();
  statements = 0;
  beats.shift()!();
  await expect.poll(() => beats.length).toBe(1);
  expect(statements).toBe(3);
  expect(all.filter(({ pulse }) => pulse.stopped.aborted).map(({ id }) => id)).toEqual(['run_7']);
  expect((await getRun(database.db, 'run_150')).progress).toMatchObject({
    stage: 'wait',
    jobStatus: 'WORKING',
  });
  const logged = await listRequests(database.db, 'run_150', 9);
  expect(logged).toEqual([1, 2].map((n) => ({ ...request(`/v3/run_150/${n}`), duration_ms: 12 })));

  // Unchanged rows are not written again.
  for (const { pulse } of all) pulse.progress({ stage: 'wait', chunk: 1, chunks: 2, jobStatus: 'WORKING' });
  statements = 0;
  beats.shift()!();
  await expect.poll(() => beats.length).toBe(1);
  expect(statements).toBe(1);

  all[3]!.pulse.request(request('/v3/last'));
  await Promise.all(all.map(({ pulse }) => pulse.end()));
  expect((await listRequests(database.db, 'run_3', 9)).map(({ endpoint }) => endpoint)).toContain('/v3/last');
  await drop();
});

async function going(db: Db, id: string): Promise<void> {
  const run = { id, jobId: null, jobName: 'Job', trigger: 'manual', slot: null, approval: null } as const;
  await db.transaction().execute((tx) => queueRuns(tx, [[run, new Date(at)]]));
  await db.updateTable('runs').set({ status: 'running' }).where('id', '=', id).execute();
}
