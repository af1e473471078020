/**
 * Every failure that a person can meet, by a stable code. The code decides the exit status; the message says
 * what happened, why, and what to do, in one sentence or two, and never holds a secret or an identifier.
 */

import { inEnglish, type LocalizedText, type Sentence } from './sentence.ts';

/** What a failure means for whoever started the work; the command line maps it to an exit status. */
export type ErrorKind = 'usage' | 'failed' | 'refused' | 'interrupted';

const exitStatus: Record<ErrorKind, number> = { failed: 1, usage: 2, refused: 3, interrupted: 130 };

const kinds = {
  // Usage and configuration: nothing was begun.
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
  secret_key_wrong: 'usage',
  secret_key_missing: 'usage',
  not_found: 'usage',
  action_not_allowed: 'usage',
  authorization_in_use: 'usage',
  authorization_not_verified: 'usage',
  upload_in_use: 'usage',
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
  audience_shrinks: 'refused',
  audience_size_unknown: 'refused',
  // The run failed.
  source_failed: 'failed',
  source_unauthorized: 'failed',
  source_crashed: 'failed', // whoever read it died of it
  source_quarantined: 'failed', // it is not read again until a person tries
  source_expired: 'failed', // the scan lost its place and must begin anew
  audience_too_large: 'failed',
  disk_full: 'failed',
  storage_failed: 'failed',
  staged_file_changed: 'failed',
  source_changed: 'failed',
  line_unreachable: 'failed',
  line_unauthorized: 'failed',
  line_clock_skewed: 'failed', // LINE refuses what another time of day is written on
  line_forbidden: 'failed',
  line_rejected: 'failed',
  line_rate_limited: 'failed',
  line_unavailable: 'failed',
  line_busy: 'failed',
  audience_name_taken: 'failed',
  audience_not_found: 'failed',
  audience_type_mismatch: 'failed',
  upload_job_failed: 'failed',
  upload_job_timeout: 'failed',
  database_unreachable: 'failed',
  run_taken_over: 'failed',
  // The command line, when it speaks to a service.
  service_unreachable: 'failed',
  service_incompatible: 'failed',
  internal: 'failed',
  interrupted: 'interrupted',
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof kinds;

/** The exit status of a failure; one that has no code of ours is a failed run. */
export const exitStatusOf = (code: string): number => exitStatus[kinds[code as ErrorCode] ?? 'failed'];

/** Whether this version knows the code; another one may have more. */
export const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(kinds, code);

/** One value that is wrong, for the form or file that it came from. */
export interface FieldError extends LocalizedText {
  /** Keys and indexes joined by dots, e.g. `configuration.audience_name`; empty for the whole. */
  readonly path: string;
}

export interface LineupErrorOptions {
  /** The remote side's own word for it, e.g. LINE's `reason`. */
  reason?: string;
  /** Whether the same call may succeed later without anybody changing anything. */
  retryable?: boolean;
  /** When it may succeed, where that is known. */
  retryAfterSeconds?: number;
  /** Every value that is wrong, where several can be. */
  fields?: readonly FieldError[];
  cause?: unknown;
}

/** A failure with a stable code and a message written for the person who reads it. */
export class LineupError extends Error implements LocalizedText {
  override readonly name = 'LineupError';
  readonly code: ErrorCode;
  /** For readers of other languages; undefined for what only the command line and logs tell. */
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
