/**
 * Every error that a person can see, by a stable code. The code decides the exit status. The message says in one or two
 * sentences what happened, why, and what to do. It never contains a secret or an identifier of a member.
 */

import { inEnglish, type LocalizedText, type Sentence } from '../text/sentence.ts';
import { type Exit, exitStatus } from './exit-status.ts';

/** The kind of an error. It decides the exit status of the command line. */
export type ErrorKind = Exclude<Exit, 'done' | 'retrying'>;

const kinds = {
  // Usage and configuration: nothing was started.
  invalid_argument: 'usage',
  invalid_configuration: 'usage',
  missing_credentials: 'usage',
  source_not_found: 'usage',
  source_unreadable: 'usage',
  source_empty: 'usage',
  source_not_text: 'usage',
  source_encoding: 'usage',
  source_format: 'usage',
  source_unsupported: 'usage',
  field_not_found: 'usage',
  field_type: 'usage',
  run_not_found: 'usage',
  run_not_resumable: 'usage',
  run_in_progress: 'usage',
  run_superseded: 'usage',
  // The service: its database, keys and resources.
  data_directory_in_use: 'usage',
  database_refused: 'usage',
  database_newer: 'usage',
  data_newer: 'usage', // a newer version has stored it, or it is damaged
  secret_key_wrong: 'usage',
  secret_key_missing: 'usage',
  not_found: 'usage',
  action_not_allowed: 'usage',
  authorization_in_use: 'usage',
  authorization_not_verified: 'usage',
  consent_expired: 'usage',
  consent_of_another: 'usage', // another person than before, at the destination
  upload_in_use: 'usage',
  suppression_list_in_use: 'usage',
  upload_too_large: 'usage',
  changed_meanwhile: 'usage',
  idempotency_key_reused: 'usage',
  not_signed_in: 'usage',
  sign_in_failed: 'usage',
  not_permitted: 'usage',
  too_many_requests: 'usage',
  request_too_large: 'usage',
  request_headers_too_large: 'usage',
  request_address_too_long: 'usage',
  request_too_slow: 'usage',
  // Guards: a person decides.
  nothing_to_send: 'refused',
  too_few_rows: 'refused', // the destination takes no smaller upload
  audience_shrinks: 'refused',
  audience_size_unknown: 'refused',
  suppression_list_empty: 'refused',
  suppression_list_shrinks: 'refused',
  suppression_list_unjudged: 'refused', // its database cannot hash all of its values
  split_refused: 'refused', // the values of a column cannot name audiences, or nobody can approve one of them
  parts_refused: 'refused', // a person may approve those of several audiences that were refused
  skipped_share_exceeded: 'refused',
  size_change_exceeded: 'refused',
  leaving_share_exceeded: 'refused',
  // The run failed.
  credentials_lost: 'failed', // a person must enter them again
  secret_unavailable: 'failed', // a secret outside Lineup that an authorization refers to
  source_failed: 'failed',
  source_unauthorized: 'failed',
  source_crashed: 'failed', // the reader process died
  source_quarantined: 'failed', // Lineup does not read it until a person tries
  source_expired: 'failed', // the source forgot the position of the scan, which must restart
  suppression_list_failed: 'failed',
  suppression_list_missing: 'failed', // a job chooses a list that no longer exists
  audience_too_large: 'failed',
  disk_full: 'failed',
  storage_failed: 'failed',
  staged_file_changed: 'failed',
  source_changed: 'failed',
  line_unreachable: 'failed',
  line_unauthorized: 'failed',
  line_clock_skewed: 'failed', // LINE refuses requests with a wrong time
  line_forbidden: 'failed',
  line_rejected: 'failed',
  line_rate_limited: 'failed',
  line_unavailable: 'failed',
  line_busy: 'failed',
  audience_name_taken: 'failed',
  audience_not_found: 'failed',
  audience_type_mismatch: 'failed',
  too_many_audiences: 'refused', // the account has no room for another one
  audience_unusable: 'failed', // the destination takes nothing more into it
  upload_job_failed: 'failed',
  upload_job_timeout: 'failed',
  database_unreachable: 'failed',
  run_taken_over: 'failed',
  // The command line as a client of a service.
  service_unreachable: 'away',
  service_incompatible: 'failed',
  internal: 'failed',
  wait_timed_out: 'timed_out',
  interrupted: 'interrupted',
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof kinds;

/** The exit status of an error code. An unknown code counts as a failed run. */
export const exitStatusOf = (code: string): number => exitStatus[kinds[code as ErrorCode] ?? 'failed'];

/** Whether this version knows the code. Other versions may have more codes. */
export const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(kinds, code);

/** One wrong value of a form or a file. */
export interface FieldError extends LocalizedText {
  /** Keys and indexes joined by dots, e.g. `configuration.audience_name`; empty for the whole input. */
  readonly path: string;
}

export interface LineupErrorOptions {
  /** The reason that the remote side gave, e.g. LINE's `reason`. */
  reason?: string;
  /** Whether the same call may succeed later without any change. */
  retryable?: boolean;
  /** When a retry may succeed, if that is known. */
  retryAfterSeconds?: number;
  /** All wrong values. */
  fields?: readonly FieldError[];
  cause?: unknown;
}

/** An error with a stable code and a message for people. */
export class LineupError extends Error implements LocalizedText {
  override readonly name = 'LineupError';
  readonly code: ErrorCode;
  /** For translation; undefined for an error that only the command line and logs show. */
  readonly sentence: Sentence | undefined;
  readonly reason: string | null;
  readonly retryable: boolean;
  readonly retryAfterSeconds: number | null;
  readonly fields: readonly FieldError[];

  constructor(code: ErrorCode, message: Sentence | string, options: LineupErrorOptions = {}) {
    super(typeof message === 'string' ? message : inEnglish(message), { cause: options.cause });
    this.code = code;
    this.sentence = typeof message === 'string' ? undefined : message;
    this.reason = options.reason ?? null;
    this.retryable = options.retryable ?? false;
    this.retryAfterSeconds = options.retryAfterSeconds ?? null;
    this.fields = options.fields ?? [];
  }

  get kind(): ErrorKind {
    return kinds[this.code];
  }
}
