/** The port for the events that the service logs and counts. */
import type { LogEventName } from './log-events.ts';

/**
 * The fields of a log line beside its event: ids, codes and numbers. There is no field for sentences or names, because they may
 * contain names of people or files.
 */
export interface LogFields {
  readonly run_id?: string;
  readonly job_id?: string | null;
  readonly authorization_id?: string | null;
  readonly audience_id?: string;
  readonly channel_id?: string;
  readonly notification_id?: number;
  /** The id of a person or a token, or `system`. */
  readonly actor_id?: string;
  readonly lease?: string;
  readonly chore?: string;
  readonly check?: string;
  readonly action?: string;
  readonly from?: string | null;
  readonly to?: string;
  readonly trigger?: string;
  readonly status?: string;
  /** The type of a domain event. */
  readonly type?: string;
  /** The code of the error that people see in their language. */
  readonly code?: string | null;
  /** Why a reader process died (`cause`, `detail`), and what it was doing (`during`). */
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
  /** The thrown error. The log gets only the code of a LineupError, because its sentence may contain names. */
  readonly err?: unknown;
}

export interface EventLog {
  record(event: LogEventName, fields?: LogFields): void;
}

/** For code that uses a part of the service without a log. */
export const silentLog: EventLog = { record: () => {} };
