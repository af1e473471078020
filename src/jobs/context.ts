import type { DomainEvent } from '../contracts/domain-events.ts';
import type { EventLog } from '../contracts/event-log.ts';
import type { JobConfiguration } from '../contracts/job-configuration.ts';
import { type Actor, system } from '../contracts/people.ts';
import type { Clock } from '../contracts/ports.ts';
import { fileOptionsKey } from '../contracts/sources.ts';
import type { Db, Tx } from '../store/database/database.ts';
import type { ActContext } from './act.ts';
import type { Queue } from './queue.ts';

/** What actions on jobs need, in the API, the scheduler and a worker. */
export interface JobsContext {
  readonly db: Db;
  readonly queue: Pick<Queue, 'enqueue' | 'enqueueAgain'>;
  /** Puts an event into the outbox of notifications, in the same transaction. */
  readonly publish: (tx: Tx, event: DomainEvent) => Promise<void>;
  readonly log: EventLog;
  /** The clock of the service; tests use their own. */
  readonly now: Clock['now'];
  /** How long errors in a row may last before a job has failed. */
  readonly retryLimitMs: number;
  /** The id of a new run. Ids sort by time. */
  readonly newRunId: (now: Date) => string;
}

/** The context for one transaction. */
export const within = (context: JobsContext, tx: Tx, actor: Actor = system): ActContext => ({
  tx,
  actor,
  now: context.now(),
  retryLimitMs: context.retryLimitMs,
  newRunId: context.newRunId,
  enqueue: (inTx, runId) => context.queue.enqueue(inTx, runId),
  publish: context.publish,
  log: context.log,
});

/**
 * Whether two configurations send the same lines to the same ad account, so that a run of one may complete for the
 * other.
 */
export function sendsTheSame(a: JobConfiguration, b: JobConfiguration): boolean {
  const keys = [
    'segment_id',
    'adaccount_id',
    'identifier_type',
    'id_field',
    'default_country',
    'ifa_format',
  ] as const;
  return (
    keys.every((key) => a[key] === b[key]) &&
    fileOptionsKey(a.file_options) === fileOptionsKey(b.file_options)
  );
}
