import type { EventLog } from '../contracts/event-log.ts';
import type { JobStore, JobTransaction } from '../contracts/job-store.ts';
import type { Clock } from '../contracts/ports.ts';
import type { Tracer } from '../contracts/tracing.ts';
import { type Actor, system } from '../domain/people/people.ts';
import type { ActContext } from './act.ts';

/** What actions on jobs need, in the API, the scheduler and a worker. */
export interface JobsContext {
  readonly store: JobStore;
  /** The messages to workers. */
  readonly queue: {
    /** Sends messages about runs again that may have been lost. */
    enqueueAgain(runIds: readonly string[]): Promise<void>;
  };
  readonly log: EventLog;
  /** Gets a span for each action on a job and for each run. @default none */
  readonly tracer?: Tracer | undefined;
  /** The clock of the service; tests use their own. */
  readonly now: Clock['now'];
  /** How long a job tries again after errors in a row, before it waits for its next slot. */
  readonly retryLimitMs: number;
  /** The id of a new run. Ids sort by time. */
  readonly newRunId: (now: Date) => string;
}

/** The context for one transaction. */
export const within = (context: JobsContext, tx: JobTransaction, actor: Actor = system): ActContext => ({
  tx,
  actor,
  now: context.now(),
  retryLimitMs: context.retryLimitMs,
  newRunId: context.newRunId,
  log: context.log,
  tracer: context.tracer,
});
