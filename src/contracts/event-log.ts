/** The events that the service logs and counts: a closed list, and the port that takes them. */

/**
 * The names of events are stable, for operators, dashboards and alerts: a released name never changes.
 *
 * `debug` is routine. `info` is useful to an operator. `warn` is a fault that passes by itself. `error` needs a person.
 */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export const logEvents = {
  'worker.started': { level: 'info', meaning: 'This process now takes runs' },
  'worker.stopped': { level: 'info', meaning: 'This process takes no more runs and has none left' },

  'run.queued': { level: 'debug', meaning: 'A new run waits for a worker' },
  'run.started': { level: 'info', meaning: 'A worker started a run' },
  'run.resumed': { level: 'info', meaning: 'A worker continued a run that had started before' },
  'run.waiting': { level: 'debug', meaning: 'A waiting run gave its place to others' },
  'run.stage_begun': { level: 'debug', meaning: 'A stage of a run began' },
  'run.stage_ended': { level: 'debug', meaning: 'A stage of a run ended' },
  'run.upload_polled': {
    level: 'debug',
    meaning: 'The destination told a run the state of an upload job for which it waits',
  },
  'run.fault': { level: 'debug', meaning: 'An unexpected error ended a run: its name, and where it was thrown' },
  'run.turnover_unknown': {
    level: 'warn',
    meaning: 'A run could not count who joins its audience and who leaves it; it sends the same without these numbers',
  },
  'run.ended': { level: 'info', meaning: 'A run ended' },
  'run.handed_over': { level: 'info', meaning: 'A stopping worker handed its run over to another worker' },
  'run.lease_lost': {
    level: 'warn',
    meaning: 'A worker stopped its run, because another worker has it now',
  },
  'run.dropped': {
    level: 'warn',
    meaning: 'A worker gave up a run, because the database did not accept its state; the recovery continues it',
  },
  'run.interrupted': { level: 'warn', meaning: 'The recovery found a run whose worker is gone' },
  'run.requeued': { level: 'info', meaning: 'A run that had started before waits for a worker again' },
  'run.progress_lost': {
    level: 'warn',
    meaning: 'The progress or the requests of runs could not be written; the runs continue',
  },

  'job.woken': { level: 'debug', meaning: 'The scheduled time of a job came' },
  'job.acted': { level: 'debug', meaning: 'A job changed its status' },
  'job.failed': { level: 'error', meaning: 'A job failed and does not run again by itself' },
  'job.late': { level: 'warn', meaning: 'A run is late: it has not ended long after it was due' },
  'alert.raised': { level: 'warn', meaning: 'A number of a job broke an alert rule' },
  'alert.cleared': { level: 'info', meaning: 'An alert of a job is over' },
  'job.look_failed': {
    level: 'warn',
    meaning: 'The source of a job that waits for its data could not be looked at; it is tried again',
  },
  'job.trigger_failed': {
    level: 'error',
    meaning: 'A job could not be told that its data has come; other jobs were',
  },
  'job.wake_failed': {
    level: 'error',
    meaning: 'A job could not be woken at its scheduled time; other jobs were',
  },

  'job.rescheduled': {
    level: 'warn',
    meaning: 'A job slept by a clock that was ahead; its next time was calculated again',
  },

  'scheduler.lease_taken': { level: 'info', meaning: 'The scheduler of this process started working' },
  'scheduler.lease_lost': {
    level: 'warn',
    meaning: 'The scheduler of this process stopped working; another process continues',
  },
  'scheduler.look_failed': { level: 'warn', meaning: 'The scheduler could not read the jobs that are due' },

  'lease.lost': { level: 'warn', meaning: 'A lease of this process ended, or another process has it' },
  'lease.renew_failed': { level: 'warn', meaning: 'The leases of this process could not be renewed' },
  'lease.release_failed': {
    level: 'warn',
    meaning: 'A lease could not be released; it expires by itself',
  },
  'limit.renew_failed': {
    level: 'warn',
    meaning: 'The slot of a request to a destination could not be kept; another request may get it early',
  },
  'limit.release_failed': {
    level: 'warn',
    meaning: 'The slot of a request to a destination could not be released; it is free again after some time',
  },

  'chore.done': { level: 'debug', meaning: 'A maintenance task was done' },
  'chore.failed': { level: 'error', meaning: 'A maintenance task failed; Lineup tries it again' },

  'queue.failed': { level: 'warn', meaning: 'The queue of runs had an error; it tries again' },
  'database.connection_lost': {
    level: 'warn',
    meaning: 'A connection to the database broke; a new one replaces it',
  },
  'service.not_ready': { level: 'warn', meaning: 'The service is not ready; see /ready' },
  'service.outdated': {
    level: 'error',
    meaning: 'A newer version has updated the tables, and this one is too old for them; it takes no more runs',
  },
  'service.stuck': {
    level: 'error',
    meaning: 'This process can do no work, and its heartbeat stops; a supervisor should restart it',
  },
  'service.ready': { level: 'info', meaning: 'The service is ready again' },
  'metrics.write_failed': {
    level: 'warn',
    meaning: 'The counts of these events could not be written; Lineup keeps them and tries again',
  },

  'telemetry.failed': {
    level: 'warn',
    meaning: 'Traces or metrics could not be sent; Lineup drops them and tries with the next ones',
  },
  'telemetry.recovered': { level: 'info', meaning: 'Traces or metrics can be sent again' },

  'notification.sent': { level: 'info', meaning: 'A channel accepted a notification' },
  'notification.failed': { level: 'warn', meaning: 'A notification was not delivered; Lineup tries again' },
  'notification.given_up': {
    level: 'error',
    meaning: 'A notification was not delivered; Lineup does not try again',
  },

  'person.changed_by_provider': {
    level: 'info',
    meaning: 'Single sign-on changed the role of a person, or disabled or enabled them',
  },
  'person.refused_by_provider': { level: 'warn', meaning: 'Single sign-on did not let a person in' },
  'person.recheck_failed': {
    level: 'warn',
    meaning: 'The provider of single sign-on could not be asked about a person; Lineup tries again',
  },
  'person.no_administrator': {
    level: 'error',
    meaning: 'Single sign-on took the rights of the last administrator who could sign in',
  },

  'audit.send_failed': {
    level: 'warn',
    meaning: 'Entries of the audit log did not arrive outside; Lineup keeps them and tries again',
  },
  'audit.send_recovered': { level: 'info', meaning: 'Entries of the audit log arrive outside again' },
  'audit.entries_lost': {
    level: 'error',
    meaning: 'Retention deleted entries of the audit log that had not arrived outside for 90 days',
  },

  'reader.ended': { level: 'warn', meaning: 'A reader process ended while it read a source' },
  'reader.start_failed': { level: 'warn', meaning: 'A reader process could not be started in advance' },
  'source.quarantined': {
    level: 'error',
    meaning: 'A source crashed its reader; the service does not read it until a person tries it',
  },
  'source.quarantine_failed': { level: 'error', meaning: 'The quarantine of a source could not be written' },
  'source.released': {
    level: 'info',
    meaning: 'A source left the quarantine, because a person read it successfully',
  },

  'authorization.connect_failed': {
    level: 'warn',
    meaning: 'A person has tried to connect an authorization in the browser, and it was not possible',
  },
  'audience.rename_kept': {
    level: 'error',
    meaning:
      'An audience was renamed at its destination for an edit that was not saved, and its old name could not be restored',
  },
} as const satisfies Record<string, { readonly level: LogLevel; readonly meaning: string }>;

export type LogEventName = keyof typeof logEvents;

export const logEventNames = Object.keys(logEvents) as LogEventName[];

export const isLogEventName = (name: string): name is LogEventName => name in logEvents;

/**
 * The fields of a log line beside its event: ids, codes and numbers. There is no field for sentences or names, because
 * they may contain names of people or files.
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
  /** The name of an alert rule. */
  readonly rule?: string;
  readonly status?: string;
  /** Of a run: what it does, and for which of its deliveries and chunks. */
  readonly stage?: string;
  /** Of OpenTelemetry: `traces` or `metrics`. */
  readonly signal?: string;
  readonly delivery?: number;
  readonly chunk?: number;
  readonly records?: number;
  readonly bytes?: number;
  /** LINE’s. Null while LINE lists none. */
  readonly upload_job_id?: string | null;
  /** The type of a domain event. */
  readonly type?: string;
  /** The code of the error that people see in their language. */
  readonly code?: string | null;
  /**
   * Why a reader process died (`cause`, `detail`), and what it was doing (`during`). Of an unexpected error: its name,
   * and where it was thrown.
   */
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
