/** What schedulers and workers of a benchmark need: the jobs and the queue of a database. */
import type { EventLog } from '../src/contracts/event-log.ts';
import { newRunId } from '../src/export/context.ts';
import type { JobsContext } from '../src/jobs/context.ts';
import { systemClock } from '../src/machine/system-clock.ts';
import { Queue } from '../src/store/coordination/queue.ts';
import type { Database } from '../src/store/database/database.ts';
import { databaseJobStore } from '../src/store/repositories/job-store.ts';

/** Only errors. */
export const log: EventLog = {
  record: (event, { err } = {}) => void (err !== undefined && console.error(event, err)),
};

/** Nobody is notified. The queue must be closed. */
export async function jobsOn(database: Database): Promise<JobsContext & { readonly queue: Queue }> {
  const queue = await Queue.open({ database, onError: (error) => console.error(error) });
  const store = databaseJobStore({
    db: database.db,
    enqueue: (tx, messages) => queue.enqueue(tx, messages),
    publish: async () => {},
  });
  return {
    store,
    queue,
    log,
    now: systemClock.now,
    retryLimitMs: 0,
    newRunId: (at) => newRunId(at, Math.random),
  };
}
