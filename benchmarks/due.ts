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
import { initialState } from '../src/jobs/states.ts';
import { systemClock } from '../src/machine/system-clock.ts';
import { migrate } from '../src/store/database/migrate.ts';
import { openDatabase } from '../src/store/database/open-database.ts';
import { createAuthorization } from '../src/store/repositories/authorizations.ts';
import { databaseJobStore } from '../src/store/repositories/job-store.ts';
import { openSecrets } from '../src/store/secrets/secrets.ts';
import { authorizationOf, jobOf, somebody } from './job.ts';
import { machine } from './measure.ts';
import { takeDueJobs } from './scheduler.ts';

const JOBS = Number(process.argv[2] ?? 1000);

const directory = mkdtempSync(join(tmpdir(), 'lineup-bench-'));
const database = await openDatabase({ dataDirectory: directory, url: process.env.DATABASE_URL });
try {
  const { db } = database;
  await migrate(database);
  const store = databaseJobStore({ db, enqueue: async () => {}, publish: async () => {} });
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
  const { seconds, processorSeconds } = await takeDueJobs(database, box, directory, JOBS);
  const each = (all: number) => `${((all * 1_000) / JOBS).toFixed(1)} ms`;
  console.log(`${machine()}; ${process.env.DATABASE_URL ? 'PostgreSQL' : 'PGlite'}`);
  console.log(
    `${JOBS} due jobs are begun in ${seconds.toFixed(1)} s, ${each(seconds)} each, ${each(processorSeconds)} of the processor`,
  );
} finally {
  await database.close();
  rmSync(directory, { recursive: true, force: true });
}
