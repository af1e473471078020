import type * as core from '../../client-core/src/failure.ts';

/**
 * - `unauthorized`: 401, the key, the signature or the clock is wrong
 * - `forbidden`: 403, the key's role or the ad account does not allow it
 * - `bad_request`: any other 4xx, the request is wrong (LINE also reports an unknown id this way)
 * - `rate_limited`: 429, too many requests, or too many REPLACE uploads at once
 * - `busy`: 400 with one of LINE's lock reasons, the audience is being processed
 * - `server_error`: 5xx
 * - `connection_failed`: LINE could not be reached, or the connection broke
 * - `timeout`: no answer in time
 * - `aborted`: the caller's signal
 * - `invalid_response`: an answer that cannot be read
 * - `file_unreadable`: the file to upload is missing, unreadable, or changed while it was sent
 *
 * @example
 * import { LineAdsClient, LineAdsError, type LineAdsErrorCode } from '@lineup/line-ads';
 *
 * const forTheOperator: LineAdsErrorCode[] = ['unauthorized', 'forbidden'];
 * const client = new LineAdsClient({ accessKey: 'my-access-key', secretKey: 'my-secret-key' });
 * await client.customAudiences.delete('A1', '5343822743475').catch((error: unknown) => {
 *   if (error instanceof LineAdsError && forTheOperator.includes(error.code)) console.error('Check the keys.');
 *   else throw error;
 * });
 */
export type LineAdsErrorCode =
  | 'unauthorized'
  | 'forbidden'
  | 'bad_request'
  | 'rate_limited'
  | 'busy'
  | 'server_error'
  | 'connection_failed'
  | 'timeout'
  | 'aborted'
  | 'invalid_response'
  | 'file_unreadable';

/**
 * One entry of LINE's error body.
 *
 * @example
 * import { LineAdsError, type LineReason } from '@lineup/line-ads';
 *
 * const isTaken = ({ reason }: LineReason): boolean => reason === 'AUDIENCE_GROUP_NAME_DUPLICATE';
 * const nameIsTaken = (error: unknown): boolean => error instanceof LineAdsError && error.reasons.some(isTaken);
 */
export interface LineReason {
  /** LINE's own code, e.g. `AUDIENCE_GROUP_NAME_DUPLICATE`. The set is open. */
  reason: string;
  /** The field that it is about. */
  property?: string;
}

/**
 * What we know about a write that failed. A read changes nothing, so its outcome is always `not_taken`.
 *
 * @example
 * import { LineAdsError, type Outcome } from '@lineup/line-ads';
 *
 * const outcomeOf = (error: LineAdsError): Outcome => error.outcome;
 * const mayBeSentAgain = (error: LineAdsError): boolean => outcomeOf(error) === 'not_taken' && error.retryable;
 */
export type Outcome = core.Outcome;

/** Why one attempt failed, with what LINE says of it. */
export interface Failure extends core.Failure<LineAdsErrorCode> {
  reasons?: LineReason[] | undefined;
  skewMs?: number | undefined;
}

/**
 * Every failure of a call. Only wrong usage is a TypeError instead.
 *
 * @example
 * import { LineAdsClient, LineAdsError } from '@lineup/line-ads';
 *
 * const client = new LineAdsClient({ accessKey: 'my-access-key', secretKey: 'my-secret-key' });
 * try {
 *   await client.customAudiences.rename('A1', '5343822743475', 'VIP members');
 * } catch (error) {
 *   if (!(error instanceof LineAdsError)) throw error;
 *   console.error(error.code, error.message, error.outcome);
 * }
 */
export class LineAdsError extends Error {
  override readonly name = 'LineAdsError';
  readonly code: LineAdsErrorCode;
  /** HTTP status, when LINE answered. */
  readonly status: number | undefined;
  /** LINE's reasons; empty when it gave none. */
  readonly reasons: readonly LineReason[];
  /**
   * Whether the same call may succeed later although nobody changes anything. When the `outcome` of a write is
   * `unknown`, ask LINE first whether it acted on it.
   */
  readonly retryable: boolean;
  /** How many attempts were made. */
  readonly attempts: number;
  /**
   * `not_taken`: LINE certainly did not act on the write. `unknown`: in one of the attempts it may have (5xx, timeout,
   * a connection that broke after the request was sent, an unreadable answer).
   */
  readonly outcome: Outcome;
  /** How long LINE asks to wait before the next attempt, in ms. */
  readonly retryAfterMs: number | undefined;
  /** This machine's clock minus LINE's, in ms. LINE's answer tells it to the second. */
  readonly skewMs: number | undefined;

  constructor(failure: Failure, facts: { message: string; attempts: number; outcome: Outcome }) {
    super(facts.message, { cause: failure.cause });
    this.code = failure.code;
    this.status = failure.status;
    this.reasons = failure.reasons ?? [];
    this.retryable = failure.retryable;
    this.attempts = facts.attempts;
    this.outcome = facts.outcome;
    this.retryAfterMs = failure.retryAfterMs;
    this.skewMs = failure.skewMs;
  }
}
