/**
 * Jobs that are due in the same minute: how long the scheduler takes until the run of each is queued.
 *
 *     node benchmarks/due.ts [jobs, default 1000]
 *
 * On PGlite, or on the PostgreSQL database of DATABASE_URL, which must be empty.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newRunId } from '../src/export/context.ts';
import type { JobsContext } from '../src/jobs/context.ts';
import { RunJournals } from '../src/jobs/run-journals.ts';
import { Scheduler } from '../src/jobs/scheduler.ts';
import { initialState } from '../src/jobs/states.ts';
import { systemClock } from '../src/machine/system-clock.ts';
import { Queue } from '../src/store/coordination/queue.ts';
import { migrate } from '../src/store/database/migrate.ts';
import { openDatabase } from '../src/store/database/open-database.ts';
import { createAuthorization } from '../src/store/repositories/authorizations.ts';
import { databaseJobStore } from '../src/store/repositories/job-store.ts';
import { openSecrets } from '../src/store/secrets/secrets.ts';
import { stagingFolders } from '../src/store/secrets/staging-keys.ts';
import { leasesOn } from '../test/support/leases.ts';
import { authorizationOf, jobOf, somebody } from './job.ts';
import { machine } from './measure.ts';

const JOBS = Number(process.argv[2] ?? 1000);

const directory = mkdtempSync(join(tmpdir(), 'lineup-bench-'));
const database = await openDatabase({ dataDirectory: directory, url: process.env.DATABASE_URL });
try {
  const { db } = database;
  await migrate(database);
  const queue = await Queue.open({ database, onError: (error) => console.error(error) });
  const store = databaseJobStore({
    db,
    enqueue: (tx, runId) => queue.enqueue(tx, runId),
    publish: async () => {},
  });
  const now = systemClock.now();
  const secrets = { value: undefined, dataDirectory: directory, now, mayMakeKey: true };
  const box = await openSecrets(db, secrets);
  const { id: authorizationId } = await createAuthorization(
    db,
    box,
    authorizationOf('Benchmark', 'KEY'),
    somebody,
    now,
  );
  for (let n = 0; n < JOBS; n++) {
    const input = jobOf(`Due ${n}`, authorizationId);
    const due = new Date(now.getTime() - 60_000 + Math.floor((n * 60_000) / JOBS));
    const state = { ...initialState, status: 'sleeping', slot: due, sleepUntil: due } as const;
    await store.transaction((tx) => tx.createJob(input, state, somebody, now));
  }
  const context: JobsContext = {
    store,
    queue,
    log: { record: (event, { err } = {}) => void (err !== undefined && console.error(event, err)) },
    now: systemClock.now,
    retryLimitMs: 0,
    newRunId: (at) => newRunId(at, Math.random),
  };
  const leases = leasesOn(db);
  const scheduler = new Scheduler({
    context,
    journals: new RunJournals({ store, leases, stagedOf: stagingFolders(db, box, directory) }),
    leases,
    chores: [],
    clock: systemClock,
  });
  const spent = process.cpuUsage();
  const begun = performance.now();
  scheduler.start();
  while ((await queued()) < JOBS) await systemClock.sleep(50);
  const wall = performance.now() - begun;
  const { user, system } = process.cpuUsage(spent);
  console.log(`${machine()}; ${process.env.DATABASE_URL ? 'PostgreSQL' : 'PGlite'}`);
  console.log(
    `${JOBS} due jobs are begun in ${(wall / 1_000).toFixed(1)} s, ${(wall / JOBS).toFixed(1)} ms each, ${((user + system) / 1_000 / JOBS).toFixed(1)} ms of the processor`,
  );
  await scheduler.stop();
  await queue.close();
  await leases.close();

  async function queued(): Promise<number> {
    const { n } = await db
      .selectFrom('runs')
      .select((select) => select.fn.countAll<number>().as('n'))
      .executeTakeFirstOrThrow();
    return n;
  }
} finally {
  await database.close();
  rmSync(directory, { recursive: true, force: true });
}
