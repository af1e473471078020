import type { DomainEvent } from '../contracts/domain-events.ts';
import type { EventLog } from '../contracts/event-log.ts';
import type { JobConfiguration } from '../contracts/job-configuration.ts';
import { type Actor, system } from '../contracts/people.ts';
import type { Clock } from '../contracts/ports.ts';
import { fileOptionsKey } from '../contracts/sources.ts';
import type { Db, Tx } from '../store/database/database.ts';
import type { ActContext } from './act.ts';
import type { Queue } from './queue.ts';

/** What acting on jobs needs, wherever it happens: in the API, the scheduler or a worker. */
export interface JobsContext {
  readonly db: Db;
  readonly queue: Pick<Queue, 'enqueue' | 'announceAgain'>;
  /** Puts an event into the outbox of notifications, as a part of the transaction. */
  readonly publish: (tx: Tx, event: DomainEvent) => Promise<void>;
  readonly log: EventLog;
  /** The service's clock, so that tests own it. */
  readonly now: Clock['now'];
  /** How long errors in a row may last before a job has failed. */
  readonly retryLimitMs: number;
  /** A new run's id; it sorts by time. */
  readonly newRunId: (now: Date) => string;
}

/** The context of one transaction. */
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

/** Whether two configurations ask for the same lines of the same ad account, so that a run of one may end for the other. */
export function asksForTheSame(a: JobConfiguration, b: JobConfiguration): boolean {
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
