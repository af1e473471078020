/** The port through which the service logs and counts what happens to it. */
import type { LogEventName } from './log-events.ts';

/**
 * What a line may hold beside its event: ids, codes and numbers. There is no place for a sentence or a name, for these may hold what
 * people or files are called.
 */
export interface LogFields {
  readonly run_id?: string;
  readonly job_id?: string | null;
  readonly authorization_id?: string | null;
  readonly audience_id?: string;
  readonly channel_id?: string;
  readonly notification_id?: number;
  /** Who did it: the id of a person or a token, or `system`. */
  readonly actor_id?: string;
  readonly lease?: string;
  readonly chore?: string;
  readonly check?: string;
  readonly action?: string;
  readonly from?: string | null;
  readonly to?: string;
  readonly trigger?: string;
  readonly status?: string;
  /** Of a domain event. */
  readonly type?: string;
  /** Of the error that people are shown in their language. */
  readonly code?: string | null;
  /** How a reader died, and what it did meanwhile. */
  readonly cause?: string;
  readonly detail?: string;
  readonly during?: string;
  readonly attempt?: number;
  readonly next_attempt_at?: string;
  readonly due_at?: string;
  readonly duration_ms?: number;
  readonly scanned?: number | null;
  readonly members?: number | null;
  readonly uploaded?: number | null;
  readonly chunks?: number | null;
  /** What was thrown: of our own errors only the code is logged, for their sentences may hold names. */
  readonly err?: unknown;
}

export interface EventLog {
  record(event: LogEventName, fields?: LogFields): void;
}

/** For whoever uses a part of the service alone. */
export const silentLog: EventLog = { record: () => {} };
