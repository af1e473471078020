/** Explains failures: answers other than 2xx with LINE's reasons, and broken connections. */

import { verdictOf } from '../../client-core/src/failure.ts';
import * as faults from '../../client-core/src/network-fault.ts';
import { parseRetryAfter } from '../../client-core/src/timing.ts';
import type { Failure, LineReason } from './errors.ts';
import { describeSkew } from './sign.ts';

interface RefusedAnswer {
  status: number;
  headers: Headers;
  /** '' when there is none. */
  body: string;
  /** This machine's time when the answer came, in ms. */
  now: number;
  skewMs?: number | undefined;
}

type Verdict = Pick<Failure, 'code' | 'retryable' | 'mayBeTaken'>;

/** What an answer other than 2xx means. Pure. Source of the statuses: LINE Ads API, "Data General Partner", errors. */
export function failureOfAnswer(answer: RefusedAnswer): Failure {
  const { status, headers, skewMs } = answer;
  const reasons = parseReasons(answer.body);
  const verdict = judge(answer, reasons);
  const retryAfterMs = verdict.retryable
    ? parseRetryAfter(headers.get('retry-after'), headers.get('date'), answer.now)
    : undefined;
  const named = reasons.length === 0 ? '' : ` ${listReasons(reasons)}`;
  const advice = adviseOn(reasons) || adviseOnStatus(status);
  const skew = status === 401 ? describeSkew(skewMs) : undefined;
  return {
    ...verdict,
    status,
    reasons,
    retryAfterMs,
    skewMs,
    message: [`LINE answered ${status}${named}.`, skew ?? advice].filter(Boolean).join(' '),
  };
}

function judge({ status, body }: RefusedAnswer, reasons: readonly LineReason[]): Verdict {
  if (status === 400 && isBusy(reasons)) return { code: 'busy', retryable: true, mayBeTaken: false };
  return verdictOf(status, body);
}

/** For answers without a reason that we know. */
function adviseOnStatus(status: number): string {
  if (status >= 500) return 'The fault is on the side of LINE; try again later.';
  if (status < 400) return 'That is a redirect; check the base URL.';
  if (status === 401) return 'The access key, the secret key or the clock is wrong. Check them.';
  if (status === 403) return 'The access key does not allow this operation or this ad account.';
  if (status === 404) return 'LINE reports no missing id this way; check the base URL.';
  if (status === 429) return 'More than 10 requests in a second, or more than 3 REPLACE uploads at once.';
  return '';
}

/** LINE's reasons for a 400 that passes by itself: the audience is being processed. */
const busy = new Set(['LOCK_DEFAULT', 'BLOCKED_BY_EXCEEDING_TIME_LIMIT', 'BLOCK_APP_CANNOT_ACQUIRE_LOCK']);

/**
 * What a reason means, or what to do about it. Reasons that explain themselves have no entry.
 *
 * @example
 * import { reasonAdvice } from '@lineup/line-ads';
 *
 * console.log(reasonAdvice.EMPTY_FILE); // The file is empty.
 */
export const reasonAdvice: Readonly<Record<string, string>> = {
  AUTHORIZATION_FAILED: 'LINE does not accept this access key and secret key together. Check both.',
  PARTNER_PERMISSION_DENIED:
    'The role of the access key does not allow this operation. Uploads need the role Data Provider (General).',
  ACCOUNT_NOT_ALLOWED: 'The ad account is not linked to your group.',
  INVALID_ACCOUNT_ID: 'Check the ad account ID.',
  REQUEST_INPUT_ADACCOUNT_ID_INVALID: 'Check the ad account ID.',
  INVALID_GROUP_ID: 'Check the group ID.',
  AUDIENCE_GROUP_NOT_FOUND: 'The ad account has no such custom audience.',
  AUDIENCE_GROUP_NAME_SIZE_OVER: 'The name is too long. LINE allows 120 characters.',
  AUDIENCE_GROUP_NAME_DUPLICATE: 'A custom audience with this name already exists. Use its ID.',
  AUDIENCE_GROUP_COUNT_MAX_OVER: 'The ad account has reached LINE’s limit of custom audiences.',
  CANNOT_REMOVE_AUDIENCE_STILL_IN_USE: 'An ad group still targets it.',
  AUDIENCE_GROUPS_CAN_NOT_DELETE_REFFERED_LOOKALIKE_AUDIENCE_GROUP_STILL_EXISTS:
    'A lookalike audience still uses this audience.',
  LOOKALIKE_SOURCE_AUDIENCE_GROUP_INSUFFICIENT: 'The source audience matches too few people.',
  UPLOAD_AUDIENCE_GROUP_INVALID_AUDIENCE_ID_FORMAT: 'The lines of the file do not match its identifier type.',
  UPLOAD_AUDIENCE_GROUP_TOO_MANY_AUDIENCE_IDS: 'The file has too many lines. Send it in smaller parts.',
  EMPTY_FILE: 'The file is empty.',
  FILE_SIZE_LIMIT_EXCEEDED: 'The file is too large. LINE allows 60 MiB.',
  LOCK_DEFAULT: 'LINE is processing this audience. Try again later.',
  BLOCKED_BY_EXCEEDING_TIME_LIMIT: 'LINE is processing this audience. Try again later.',
  BLOCK_APP_CANNOT_ACQUIRE_LOCK: 'LINE is processing this audience. Try again later.',
};

/** Whether LINE only says "not now". With any other reason, waiting does not help. */
function isBusy(reasons: readonly LineReason[]): boolean {
  return reasons.length > 0 && reasons.every(({ reason }) => busy.has(reason));
}

/**
 * `REASON (property)`, comma-separated; empty without reasons.
 *
 * @example
 * import { LineAdsError, listReasons } from '@lineup/line-ads';
 *
 * const shown = (error: LineAdsError): string => `${error.code}: ${listReasons(error.reasons)}`;
 */
export function listReasons(reasons: readonly LineReason[]): string {
  return reasons
    .map(({ reason, property }) => (property === undefined ? reason : `${reason} (${property})`))
    .join(', ');
}

/** What to do about the reasons, one sentence each; empty when we know no advice. */
function adviseOn(reasons: readonly LineReason[]): string {
  const sentences = reasons.map(({ reason }) => reasonAdvice[reason]).filter((text) => text !== undefined);
  return [...new Set(sentences)].join(' ');
}

/**
 * The reasons in an error body: `{"errors":[{"reason","property"}]}`. None for a body that is empty, not JSON, or
 * of another shape: LINE sends 429 without a body, and proxies answer in HTML.
 */
export function parseReasons(body: string): LineReason[] {
  const errors = tryJson(body)?.errors;
  if (!Array.isArray(errors)) return [];
  const reasons: LineReason[] = [];
  for (const entry of errors as unknown[]) {
    if (typeof entry !== 'object' || entry === null) continue;
    const { reason, property } = entry as { reason?: unknown; property?: unknown };
    if (typeof reason !== 'string' || reason === '') continue;
    reasons.push({
      reason: tidy(reason),
      ...(typeof property === 'string' && property !== '' ? { property: tidy(property) } : {}),
    });
  }
  return reasons;
}

function tryJson(body: string): { errors?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Reasons go into messages and logs, so one with line breaks or great length must not spoil them. */
function tidy(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').slice(0, 200);
}

/**
 * What broke a connection.
 *
 * @example
 * import { LineAdsError, type NetworkFault, networkFaultOf } from '@lineup/line-ads';
 *
 * function explain(error: LineAdsError): string {
 *   const fault: NetworkFault = networkFaultOf(error);
 *   return fault.neverSent ? `LINE was not reached: ${fault.words}` : fault.words;
 * }
 */
export type NetworkFault = faults.NetworkFault;

/**
 * What the codes of broken connections mean.
 *
 * @example
 * import { networkWords } from '@lineup/line-ads';
 *
 * console.log(networkWords.ECONNREFUSED); // the connection was refused
 */
export const networkWords: Readonly<Record<string, string>> = faults.networkWords;

/**
 * What broke the connection of a call that failed with `connection_failed`.
 *
 * @example
 * import { LineAdsError, networkFaultOf } from '@lineup/line-ads';
 *
 * function explain(error: LineAdsError): string {
 *   return error.code === 'connection_failed' ? networkFaultOf(error).code : error.code;
 * }
 */
export const networkFaultOf: (error: Error) => NetworkFault = faults.networkFaultOf;
