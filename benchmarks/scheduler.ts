/** A scheduler alone, without a worker and without chores. */
import { RunJournals } from '../src/jobs/run-journals.ts';
import { Scheduler } from '../src/jobs/scheduler.ts';
import { systemClock } from '../src/machine/system-clock.ts';
import type { Database } from '../src/store/database/database.ts';
import type { SecretBox } from '../src/store/secrets/secret-box.ts';
import { stagingFolders } from '../src/store/secrets/staging-keys.ts';
import { leasesOn } from '../test/support/leases.ts';
import { jobsOn } from './jobs-on.ts';

export interface Taken {
  readonly seconds: number;
  /** Of this process, without a server of the database. */
  readonly processorSeconds: number;
}

/** How long the scheduler takes until the runs of `jobs` due jobs are queued. */
export async function takeDueJobs(
  database: Database,
  box: SecretBox,
  dataDirectory: string,
  jobs: number,
): Promise<Taken> {
  const { db } = database;
  const context = await jobsOn(database);
  const { store, queue } = context;
  const leases = leasesOn(db);
  const scheduler = new Scheduler({
    context,
    journals: new RunJournals({ store, leases, stagedOf: stagingFolders(db, box, dataDirectory) }),
    leases,
    chores: [],
    clock: systemClock,
  });
  const queued = async () => {
    const { n } = await db
      .selectFrom('runs')
      .select((select) => select.fn.countAll<number>().as('n'))
      .where('status', '=', 'queued')
      .executeTakeFirstOrThrow();
    return Number(n);
  };
  const before = await queued();
  const spent = process.cpuUsage();
  const begun = performance.now();
  scheduler.start();
  while ((await queued()) - before < jobs) await systemClock.sleep(50);
  const seconds = (performance.now() - begun) / 1_000;
  const { user, system } = process.cpuUsage(spent);
  await scheduler.stop();
  await queue.close();
  await leases.close();
  return { seconds, processorSeconds: (user + system) / 1_000_000 };
}
