import type { LineReason } from './errors.ts';

/** The nearest that LINE has to "this audience is being processed": a 400 that passes by itself. */
const busy = new Set(['LOCK_DEFAULT', 'BLOCKED_BY_EXCEEDING_TIME_LIMIT', 'BLOCK_APP_CANNOT_ACQUIRE_LOCK']);

/**
 * What a reason means, or what can be done about it. Reasons that explain themselves need no entry.
 *
 * @example
 * import { reasonAdvice } from '@lineup/line-ads';
 *
 * console.log(reasonAdvice.EMPTY_FILE); // The file is empty.
 */
export const reasonAdvice: Readonly<Record<string, string>> = {
  AUTHORIZATION_FAILED: 'LINE does not accept this access key and secret key together. Check both.',
  PARTNER_PERMISSION_DENIED:
    "The access key's role lacks this operation; uploads need the role Data Provider (General).",
  ACCOUNT_NOT_ALLOWED: 'The ad account has not been linked to your group.',
  INVALID_ACCOUNT_ID: 'Check the ad account id.',
  REQUEST_INPUT_ADACCOUNT_ID_INVALID: 'Check the ad account id.',
  INVALID_GROUP_ID: 'Check the group id.',
  AUDIENCE_GROUP_NOT_FOUND: 'The ad account has no such custom audience.',
  AUDIENCE_GROUP_NAME_SIZE_OVER: 'The name is too long; LINE takes 120 characters.',
  AUDIENCE_GROUP_NAME_DUPLICATE: 'A custom audience of this name exists already; use its id.',
  AUDIENCE_GROUP_COUNT_MAX_OVER: 'The ad account holds as many custom audiences as LINE allows.',
  CANNOT_REMOVE_AUDIENCE_STILL_IN_USE: 'An ad group still targets it.',
  AUDIENCE_GROUPS_CAN_NOT_DELETE_REFFERED_LOOKALIKE_AUDIENCE_GROUP_STILL_EXISTS:
    'A lookalike audience is still made from it.',
  LOOKALIKE_SOURCE_AUDIENCE_GROUP_INSUFFICIENT: 'The source audience matches too few people.',
  UPLOAD_AUDIENCE_GROUP_INVALID_AUDIENCE_ID_FORMAT:
    'The lines of the file are not in the form of its identifier type.',
  UPLOAD_AUDIENCE_GROUP_TOO_MANY_AUDIENCE_IDS: 'The file has too many lines; send it in smaller parts.',
  EMPTY_FILE: 'The file is empty.',
  FILE_SIZE_LIMIT_EXCEEDED: 'The file is too large; LINE takes 60 MiB.',
  LOCK_DEFAULT: 'LINE is processing this audience; try again later.',
  BLOCKED_BY_EXCEEDING_TIME_LIMIT: 'LINE is processing this audience; try again later.',
  BLOCK_APP_CANNOT_ACQUIRE_LOCK: 'LINE is processing this audience; try again later.',
};

/** Whether LINE only says "not now". One other reason beside it, and waiting would not help. */
export function isBusy(reasons: readonly LineReason[]): boolean {
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

/** What to do about the reasons, a sentence each; empty when nothing is known. */
export function adviseOn(reasons: readonly LineReason[]): string {
  const sentences = reasons.map(({ reason }) => reasonAdvice[reason]).filter((text) => text !== undefined);
  return [...new Set(sentences)].join(' ');
}

/**
 * The reasons in an error body: `{"errors":[{"reason","property"}]}`. Empty for a body that is empty, not JSON, or
 * of another shape, for LINE sends 429 without a body and proxies answer in HTML.
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

/** Reasons go into messages and logs, so a strange one may neither break a line nor fill a screen. */
function tidy(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').slice(0, 200);
}
