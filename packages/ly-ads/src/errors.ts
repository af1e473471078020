import type * as core from '../../client-core/src/failure.ts';

/**
 * - `unauthorized`: LY does not accept the access token, or the client ID and secret, also after a new token
 * - `no_token`: your `token` function failed; its error is the `cause`
 * - `forbidden`: the Business ID has not the right, or the account is not allowed to
 * - `bad_request`: LY refuses the request (also with 200: see `errors`)
 * - `rate_limited`: more than 5 requests in a second; LY asks to wait 30 seconds
 * - `server_error`: a fault of LY, or its maintenance
 * - `connection_failed`: LY could not be reached, or the connection broke
 * - `timeout`: no answer in time
 * - `aborted`: the caller's signal
 * - `invalid_response`: an answer that cannot be read
 * - `file_unreadable`: the file to upload is missing, unreadable, or changed while it was sent
 *
 * @example
 * import { LyAdsError, type LyAdsErrorCode } from '@lineup/ly-ads';
 *
 * const forAPerson: LyAdsErrorCode[] = ['unauthorized', 'forbidden'];
 * const needsAPerson = (error: unknown): boolean => error instanceof LyAdsError && forAPerson.includes(error.code);
 */
export type LyAdsErrorCode =
  | 'unauthorized'
  | 'no_token'
  | 'forbidden'
  | 'bad_request'
  | 'rate_limited'
  | 'server_error'
  | 'connection_failed'
  | 'timeout'
  | 'aborted'
  | 'invalid_response'
  | 'file_unreadable';

/**
 * One entry of LY's `errors`.
 *
 * @example
 * import { LyAdsError, type LyReason } from '@lineup/ly-ads';
 *
 * const isTaken = ({ code }: LyReason): boolean => code === 'D0001';
 * const nameIsTaken = (error: unknown): boolean => error instanceof LyAdsError && error.errors.some(isTaken);
 */
export interface LyReason {
  /** LY's own code, e.g. `210003`. The set is open. */
  code: string;
  message: string;
  details: LyReasonDetail[];
}

/**
 * What an entry of LY's `errors` is about.
 *
 * @example
 * import type { LyReasonDetail } from '@lineup/ly-ads';
 *
 * const shown = ({ key, value }: LyReasonDetail): string => (value === undefined ? key : `${key}: ${value}`);
 */
export interface LyReasonDetail {
  /** The field of the request. */
  key: string;
  /** The refused value, or a sentence about it. Never after an upload: it might be a line of the file. */
  value?: string;
}

/**
 * What we know about a write that failed. A read changes nothing, so its outcome is always `not_taken`.
 *
 * @example
 * import { LyAdsError, type Outcome } from '@lineup/ly-ads';
 *
 * const outcomeOf = (error: LyAdsError): Outcome => error.outcome;
 * const mayBeSentAgain = (error: LyAdsError): boolean => outcomeOf(error) === 'not_taken' && error.retryable;
 */
export type Outcome = core.Outcome;

/** Why one attempt failed, with what LY says of it. */
export interface Failure extends core.TokenFailure {
  errors?: LyReason[] | undefined;
  /** LY's id of the request. */
  rid?: string | undefined;
}

/**
 * Every failure of a call. Only wrong usage is a TypeError instead.
 *
 * @example
 * import { LyAdsClient, LyAdsError } from '@lineup/ly-ads';
 *
 * const client = new LyAdsClient({ clientId: 'my-client-id', baseAccountId: '1001', token: async () => 'my-token' });
 * try {
 *   await client.audienceLists.set('1002', { audienceListId: '5001', dataDuration: 90, audienceListName: 'VIP' });
 * } catch (error) {
 *   if (!(error instanceof LyAdsError)) throw error;
 *   console.error(error.code, error.message, error.outcome);
 * }
 */
export class LyAdsError extends Error {
  override readonly name = 'LyAdsError';
  readonly code: LyAdsErrorCode;
  /** HTTP status, when LY answered. It is often 200 for a refusal. */
  readonly status: number | undefined;
  /** LY's reasons; empty when it gave none. */
  readonly errors: readonly LyReason[];
  /** LY's id of the request, for questions to its support. */
  readonly rid: string | undefined;
  /**
   * Whether the same call may succeed later although nobody changes anything. When the `outcome` of a write is
   * `unknown`, ask LY first whether it acted on it.
   */
  readonly retryable: boolean;
  /** How many attempts were made. */
  readonly attempts: number;
  /**
   * `not_taken`: LY certainly did not act on the write. `unknown`: in one of the attempts it may have (5xx, timeout, a
   * connection that broke after the request was sent, an unreadable answer).
   */
  readonly outcome: Outcome;
  /** How long LY asks to wait before the next attempt, in ms. */
  readonly retryAfterMs: number | undefined;

  constructor(failure: Failure, facts: { message: string; attempts: number; outcome: Outcome }) {
    super(facts.message, { cause: failure.cause });
    this.code = failure.code;
    this.status = failure.status;
    this.errors = failure.errors ?? [];
    this.rid = failure.rid;
    this.retryable = failure.retryable;
    this.attempts = facts.attempts;
    this.outcome = facts.outcome;
    this.retryAfterMs = failure.retryAfterMs;
  }
}
