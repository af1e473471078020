/** Explains failures: three levels of refusals with LY's codes, and broken connections. */
import { verdictOf } from '../../client-core/src/failure.ts';
import * as faults from '../../client-core/src/network-fault.ts';
import { parseRetryAfter } from '../../client-core/src/timing.ts';
import { codeAdvice } from './codes.ts';
import type { Failure, LyReason } from './errors.ts';

/** How long LY asks to wait after too many requests, in ms. There is no `Retry-After`. */
export const PAUSE_MS = 30_000;

interface RefusedAnswer {
  /** 200 for a refusal that only the content tells. */
  status: number;
  headers: Headers;
  errors: LyReason[];
  /** '' when there is none. */
  body: string;
  rid?: string | undefined;
  /** This machine's time when the answer came, in ms. */
  now: number;
}

type Verdict = Pick<Failure, 'code' | 'retryable' | 'mayBeTaken' | 'refusesToken'>;

/** What a refusal means, at any of the three levels. Pure. */
export function failureOfAnswer({ status, headers, errors, body, rid, now }: RefusedAnswer): Failure {
  const verdict =
    errors.map(({ code }) => verdicts[code]).find((known) => known !== undefined) ?? verdictOf(status, body);
  const named = errors.length === 0 ? '' : ` ${listErrors(errors)}`;
  const asked = verdict.retryable ? parseRetryAfter(headers.get('retry-after'), headers.get('date'), now) : undefined;
  return {
    ...verdict,
    status,
    errors,
    rid,
    retryAfterMs: verdict.code === 'rate_limited' ? Math.max(asked ?? 0, PAUSE_MS) : asked,
    message: [`LY answered ${status}${named}.`, adviseOn(errors) || adviseOnStatus(status)].filter(Boolean).join(' '),
  };
}

const token = verdictOf(401);
const fault = verdictOf(500);
const account = verdictOf(403);

/** Codes that mean the same at every level and with every status. */
const verdicts: Readonly<Record<string, Verdict>> = {
  '0110': token,
  '0111': { ...token, refusesToken: true },
  '0114': { ...token, refusesToken: true },
  '0112': account,
  '0113': account,
  '0098': account,
  '0003': verdictOf(429),
  '0002': fault,
  '0099': fault,
  '210003': account,
  '0200': account,
};

/** For answers without a code that we know. */
function adviseOnStatus(status: number): string {
  if (status >= 500) return 'The fault is on the side of LY; try again later.';
  if (status === 401) return 'LY does not accept the access token.';
  if (status === 403) return 'The right for this operation or this account is missing.';
  if (status === 429) return codeAdvice['0003']!;
  if (status >= 300 && status < 400) return 'That is a redirect; check the base URL.';
  return '';
}

/**
 * `CODE (field)`, comma-separated; empty without errors.
 *
 * @example
 * import { LyAdsError, listErrors } from '@lineup/ly-ads';
 *
 * const shown = (error: LyAdsError): string => `${error.code}: ${listErrors(error.errors)}`;
 */
export function listErrors(errors: readonly LyReason[]): string {
  return errors
    .map(({ code, details }) => {
      const keys = [...new Set(details.map(({ key }) => key))].join(', ');
      return keys === '' ? code : `${code} (${keys})`;
    })
    .join(', ');
}

/** What to do about the codes, without repetition; empty when we know no advice. */
function adviseOn(errors: readonly LyReason[]): string {
  const sentences = errors.map(({ code }) => codeAdvice[code]).filter((text) => text !== undefined);
  return [...new Set(sentences)].join(' ');
}

/**
 * The entries of an `errors`. None for anything of another form: proxies answer in HTML.
 * @param withValues whether the refused values are kept
 */
export function readErrors(value: unknown, withValues: boolean): LyReason[] {
  if (!Array.isArray(value)) return [];
  return (value as unknown[]).flatMap((entry): LyReason[] => {
    if (typeof entry !== 'object' || entry === null) return [];
    const { code, message, details } = entry as { code?: unknown; message?: unknown; details?: unknown };
    if (typeof code !== 'string' || code === '') return [];
    const read = Array.isArray(details) ? (details as unknown[]).map((detail) => readDetail(detail, withValues)) : [];
    return [{ code: tidy(code, 40), message: textOf(message), details: read.flatMap((detail) => detail ?? []) }];
  });
}

function readDetail(detail: unknown, withValues: boolean): LyReason['details'][number] | undefined {
  if (typeof detail !== 'object' || detail === null) return undefined;
  const { requestKey, requestValue } = detail as { requestKey?: unknown; requestValue?: unknown };
  const key = textOf(requestKey);
  if (key === '') return undefined;
  return withValues && typeof requestValue === 'string' ? { key, value: tidy(requestValue) } : { key };
}

const textOf = (value: unknown): string => (typeof value === 'string' ? tidy(value) : '');

/** They go into messages and logs, so one with line breaks or great length must not spoil them. */
function tidy(text: string, most = 200): string {
  return text.replace(/\p{Cc}+/gu, ' ').slice(0, most);
}

/**
 * What broke a connection.
 *
 * @example
 * import { LyAdsError, type NetworkFault, networkFaultOf } from '@lineup/ly-ads';
 *
 * function explain(error: LyAdsError): string {
 *   const fault: NetworkFault = networkFaultOf(error);
 *   return fault.neverSent ? `LY was not reached: ${fault.words}` : fault.words;
 * }
 */
export type NetworkFault = faults.NetworkFault;

/**
 * What broke the connection of a call that failed with `connection_failed`.
 *
 * @example
 * import { LyAdsError, networkFaultOf } from '@lineup/ly-ads';
 *
 * function explain(error: LyAdsError): string {
 *   return error.code === 'connection_failed' ? networkFaultOf(error).code : error.code;
 * }
 */
export const networkFaultOf: (error: Error) => NetworkFault = faults.networkFaultOf;
