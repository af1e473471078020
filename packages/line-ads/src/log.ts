import type { LineAdsErrorCode } from './errors.ts';

/**
 * One attempt of one request. LINE asks its partners to keep such a log: time, method, endpoint, status.
 * It contains no key, token, query value or body.
 *
 * @example
 * import type { RequestLogEntry } from '@lineup/line-ads';
 *
 * const line = ({ time, method, endpoint, status, error }: RequestLogEntry): string =>
 *   [time, method, endpoint, status ?? '-', error ?? ''].join(' ');
 */
export interface RequestLogEntry {
  /** When the attempt started: ISO 8601, UTC. */
  time: string;
  method: string;
  /** The path below the base URL, e.g. `/v3/adaccounts/A1/custom-audiences`. */
  endpoint: string;
  /** HTTP status, when LINE answered. */
  status?: number;
  /** Why the attempt failed; absent when it succeeded. */
  error?: LineAdsErrorCode;
  durationMs: number;
  /** From 1. */
  attempt: number;
  /** This machine's clock minus LINE's, in ms, to the second. Present when LINE sent its `Date`. */
  skewMs?: number;
  /** LINE's quota, when LINE tells it (`X-Request-Quota-Limit`, `X-Request-Quota-Used`). */
  quota?: { limit?: number; used?: number };
}

/**
 * Called after every attempt.
 *
 * @example
 * import { LineAdsClient, type RequestLog } from '@lineup/line-ads';
 *
 * const log: RequestLog = (entry) => console.error(JSON.stringify(entry));
 * const client = new LineAdsClient({ accessKey: 'my-access-key', secretKey: 'my-secret-key', log });
 */
export type RequestLog = (entry: RequestLogEntry) => void;

/** The quota headers as numbers; undefined when LINE sent none. */
export function quotaOf(headers: Headers): RequestLogEntry['quota'] {
  const limit = numberIn(headers.get('x-request-quota-limit'));
  const used = numberIn(headers.get('x-request-quota-used'));
  if (limit === undefined && used === undefined) return undefined;
  return { ...(limit !== undefined && { limit }), ...(used !== undefined && { used }) };
}

function numberIn(text: string | null): number | undefined {
  return text !== null && /^\d+$/.test(text) ? Number(text) : undefined;
}

/**
 * Calls an observer. An error in it must not change the result of an upload that LINE may have taken, so it becomes
 * only a warning of the process.
 */
export function notify<T>(observer: ((value: T) => void) | undefined, value: T): void {
  try {
    observer?.(value);
  } catch (error) {
    process.emitWarning(error instanceof Error ? error : new Error(String(error)));
  }
}
