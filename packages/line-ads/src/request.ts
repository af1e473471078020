/** One call of the API: how a resource describes it, the options that every call takes, and what is logged of it. */
import type * as core from '../../client-core/src/request.ts';
import type { CallKind } from '../../client-core/src/retry.ts';
import type { LineAdsErrorCode } from './errors.ts';

/**
 * A file on the disk, or bytes that the caller reads. LINE knows it by `name`.
 *
 * @example
 * import type { UploadFile } from '@lineup/line-ads';
 *
 * const onDisk: UploadFile = { name: 'vip-members-1.txt', path: 'hashes.txt' };
 * const hashes = new TextEncoder().encode(`${'a'.repeat(64)}\n`);
 * const inMemory: UploadFile = {
 *   name: 'vip-members-1.txt',
 *   bytes: hashes.length,
 *   read: async function* () {
 *     yield hashes;
 *   },
 * };
 */
export type UploadFile = core.UploadFile;

/** One call, as a resource describes it. The sender decides how it is signed, sent and retried. */
export interface ApiRequest<T> {
  method: 'GET' | 'POST' | 'DELETE';
  /** Below the base URL, from `/v3` on, with encoded segments. */
  path: string;
  kind: CallKind;
  query?: core.Query | undefined;
  /** Sent as JSON. */
  body?: Record<string, unknown> | undefined;
  /** Sent as a form without a file. */
  form?: readonly core.FormField[] | undefined;
  /** Sent as a form with a file. */
  upload?: core.UploadSpec | undefined;
  /** Reads the body of a 2xx answer; throws AnswerError. */
  parse: (text: string) => T;
  /** As `requestOptions` has checked them. */
  options: RequestOptions;
  /** The request can wait for others (limiter.ts). */
  background?: boolean | undefined;
}

/** Rejects with LineAdsError. */
export type Send = <T>(request: ApiRequest<T>) => Promise<T>;

/**
 * Sends the requests of a client: the global `fetch`, or a test's own function.
 *
 * @example
 * import { type Fetch, LineAdsClient } from '@lineup/line-ads';
 *
 * const fetch: Fetch = async (url) => Response.json({ jobs: [], asked: url.pathname });
 * const client = new LineAdsClient({ accessKey: 'test', secretKey: 'test', fetch });
 * console.log(await client.customAudiences.uploadJobs('A1', '5343822743475')); // []
 */
export type Fetch = core.Fetch;

/**
 * Headers as `new Headers` takes them: an object, pairs, or `Headers`.
 *
 * @example
 * import { type HeadersLike, LineAdsClient } from '@lineup/line-ads';
 *
 * const headers: HeadersLike = { 'x-gateway-team': 'crm' };
 * const client = new LineAdsClient({ accessKey: 'my-access-key', secretKey: 'my-secret-key', headers });
 */
export type HeadersLike = core.HeadersLike;

/**
 * The options that every call takes. They override those of the client.
 *
 * @example
 * import { LineAdsClient, type RequestOptions } from '@lineup/line-ads';
 *
 * const client = new LineAdsClient({ accessKey: 'my-access-key', secretKey: 'my-secret-key' });
 * const soon: RequestOptions = { timeout: 5_000, maxRetries: 0, signal: AbortSignal.timeout(10_000) };
 * const audience = await client.customAudiences.rename('A1', '5343822743475', 'VIP members', soon);
 */
export type RequestOptions = core.RequestOptions;

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
