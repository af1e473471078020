/**
 * The service on one process: 200 jobs with small audiences, created through the use cases and run through the queue.
 * Also runs that do nothing, to measure the cost of queue, lease, journal and conclusion for each run. Each job has
 * its own access key and ad account. Otherwise LINE’s limit of ten requests a second would decide the result.
 *
 *     node benchmarks/service.ts [jobs, default 200]
 *
 * On PGlite, or on the PostgreSQL database of DATABASE_URL, which must be empty.
 */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { startLineAdsSimulator } from '../simulators/line-ads/index.ts';
import { openService } from '../src/compose/service.ts';
import { type JobView, newJob } from '../src/contracts/jobs.ts';
import { create } from '../src/jobs/act.ts';
import { within } from '../src/jobs/context.ts';
import { RunJournals } from '../src/jobs/run-journals.ts';
import { Worker } from '../src/jobs/worker.ts';
import { systemClock } from '../src/machine/system-clock.ts';
import { openDatabase } from '../src/store/database/open-database.ts';
import { openSecrets } from '../src/store/secrets/secrets.ts';
import { stagingFolders } from '../src/store/secrets/staging-keys.ts';
import { runRequestOf } from '../src/use-cases/execute-run.ts';
import { leasesOn } from '../test/support/leases.ts';
import { createJob, somebody } from './job.ts';
import { jobsOn, log } from './jobs-on.ts';

const JOBS = Number(process.argv[2] ?? 200);
const MEMBERS = 100;

const directory = mkdtempSync(join(tmpdir(), 'lineup-bench-'));
const accounts = Array.from({ length: JOBS }, (_, n) => `B${n}`);
const simulator = await startLineAdsSimulator({
  jobMs: 0,
  matchMs: 0,
  adAccounts: accounts,
  keys: accounts.map((account) => ({
    accessKey: `KEY${account}`,
    secretKey: 'an-invented-key',
    role: 'data_provider',
  })),
});
const running = await openService({
  dataDirectory: join(directory, 'data'),
  databaseUrl: process.env.DATABASE_URL,
  baseUrls: { line_ads: simulator.url },
  role: 'all',
  clock: systemClock,
  log,
  pace: { pollIntervalMs: 50 },
});
const { useCases } = running;
try {
  mkdirSync(join(directory, 'members'));
  const source = join(directory, 'members', 'members.csv');
  const lines = Array.from({ length: MEMBERS }, (_, n) => `member${n}@example.com`);
  writeFileSync(source, `email\n${lines.join('\n')}\n`);
  await useCases.settings.write('files', { roots: [join(directory, 'members')] }, somebody);

  const begun = performance.now();
  for (const account of accounts) await createJob(useCases, account, source);
  const created = performance.now();
  const jobs = await allAtRest();
  const ended = performance.now();

  const succeeded = jobs.filter(({ last_run }) => last_run?.status === 'succeeded').length;
  const seconds = (from: number, to: number) => ((to - from) / 1000).toFixed(1);
  const [cpu] = cpus();
  console.log(`${cpus().length} × ${cpu?.model}, ${process.env.DATABASE_URL ? 'PostgreSQL' : 'PGlite'}`);
  console.log(`${succeeded} of ${JOBS} runs succeeded, ${MEMBERS} members each`);
  console.log(`creating and validating  ${seconds(begun, created)} s`);
  console.log(
    `until all had run        ${seconds(begun, ended)} s, ${(JOBS / ((ended - begun) / 1000)).toFixed(1)} runs/s`,
  );
  console.log(`violations of LINE's rules: ${simulator.inspect().violations.length}`);
  console.log(
    `peak memory              ${Math.round(process.resourceUsage().maxRSS / 1024)} MB, the simulator included`,
  );
  await running.close();
  await measureEmptyRuns(jobs[0]!);
} finally {
  await simulator.close();
  rmSync(directory, { recursive: true, force: true });
}

async function allAtRest() {
  for (;;) {
    const { items } = await useCases.jobs.list({ limit: JOBS });
    if (items.every(({ status }) => status !== 'runnable')) return items;
    await delay(200);
  }
}

/** The same steps around runs that end at once. */
async function measureEmptyRuns(like: JobView): Promise<void> {
  const database = await openDatabase({
    dataDirectory: join(directory, 'data'),
    url: process.env.DATABASE_URL,
  });
  const { db } = database;
  const context = await jobsOn(database);
  const { store, queue } = context;
  const leases = leasesOn(db);
  const box = await openSecrets(db, {
    value: undefined,
    dataDirectory: join(directory, 'data'),
    now: systemClock.now(),
    mayMakeKey: true,
  });
  const all = Promise.withResolvers<void>();
  let done = 0;
  const worker = new Worker({
    context,
    journals: new RunJournals({ store, leases, stagedOf: stagingFolders(db, box, directory) }),
    describe: (job) => runRequestOf(job, {}, 1),
    execute: async ({ journal }) => {
      await journal.append({
        type: 'ended',
        at: systemClock.now().toISOString(),
        status: 'succeeded',
        error: null,
      });
      done += 1;
      if (done === JOBS) all.resolve();
    },
    sleep: systemClock.sleep,
    concurrency: 4,
  });
  const input = newJob.parse({
    name: 'Empty',
    authorization_id: like.authorization_id,
    configuration: like.configuration,
  });
  for (let n = 0; n < JOBS; n++) {
    await store.transaction((tx) => create(within(context, tx, somebody), input));
  }
  const spent = process.cpuUsage();
  const begun = performance.now();
  await queue.workOnRuns(
    (runId) => worker.begin(runId),
    () => worker.ready(),
  );
  await all.promise;
  await worker.handOver(60_000);
  const { user, system } = process.cpuUsage(spent);
  const wall = (performance.now() - begun) / JOBS;
  const processor = (user + system) / 1000 / JOBS;
  console.log(
    `a run that does nothing  ${wall.toFixed(1)} ms, ${processor.toFixed(1)} ms of the processor: queue, lease, journal, conclusion`,
  );
  await queue.close();
  await leases.close();
  await database.close();
}
