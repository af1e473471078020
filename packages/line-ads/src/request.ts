/**
 * One call of the API: how a resource describes it, the options that every call takes, and lists that take several
 * calls.
 */
import type { LineAdsErrorCode } from './errors.ts';
import type { CallKind } from './retry.ts';
import { requireInteger, requireObject, show } from './validation.ts';

/** The known values for the editor, but any string in fact: LINE adds values without notice. */
export type Open<Known extends string> = Known | (string & {});

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
export type UploadFile = { name: string } & (
  | { path: string; bytes?: undefined; read?: undefined }
  | {
      path?: undefined;
      /** How many bytes there are. */
      bytes: number;
      /**
       * Starts to read them, once for each attempt. An error that it throws ends the upload before LINE has a whole
       * file.
       */
      read: () => AsyncIterable<Uint8Array>;
    }
);

export type FormField = readonly [name: string, value: string];

export interface UploadSpec {
  /** The form fields before the file, in order. */
  fields: readonly FormField[];
  file: UploadFile;
  /** Called with the bytes of the file that the connection has taken so far. Each attempt starts again from 0. */
  onProgress?: ((bytesSent: number) => void) | undefined;
}

/** One call, as a resource describes it. The sender decides how it is signed, sent and retried. */
export interface ApiRequest<T> {
  method: 'GET' | 'POST' | 'DELETE';
  /** Below the base URL, from `/v3` on, with encoded segments. */
  path: string;
  kind: CallKind;
  /** Values that are undefined are left out. */
  query?: Record<string, string | number | boolean | undefined> | undefined;
  /** Sent as JSON. */
  body?: Record<string, unknown> | undefined;
  /** Sent as a form without a file. */
  form?: readonly FormField[] | undefined;
  /** Sent as a form with a file. */
  upload?: UploadSpec | undefined;
  /** Reads the body of a 2xx answer; throws AnswerError. */
  parse: (text: string) => T;
  /** As `requestOptions` has checked them. */
  options: RequestOptions;
  /** The request can wait for others (limiter.ts). */
  background?: boolean | undefined;
}

/** Where a request goes, with its query. */
export function urlOf<T>(baseUrl: string, { path, query = {} }: ApiRequest<T>): URL {
  const url = new URL(baseUrl + path);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.append(name, String(value));
  }
  return url;
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
export type Fetch = (url: URL, init: RequestInit) => Promise<Response>;

/**
 * Headers as `new Headers` takes them: an object, pairs, or `Headers`.
 *
 * @example
 * import { type HeadersLike, LineAdsClient } from '@lineup/line-ads';
 *
 * const headers: HeadersLike = { 'x-gateway-team': 'crm' };
 * const client = new LineAdsClient({ accessKey: 'my-access-key', secretKey: 'my-secret-key', headers });
 */
export type HeadersLike = ConstructorParameters<typeof Headers>[0];

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
export interface RequestOptions {
  /**
   * Ms for one attempt, up to the end of its answer. Minimum: 1.
   * @default the client's `timeout`, or `uploadTimeout` of an upload
   */
  timeout?: number | undefined;
  /** Attempts after the first one. Minimum: 0. @default the client's */
  maxRetries?: number | undefined;
  /** Sent with the request, for a gateway in front of LINE. They override the client's headers of the same name. */
  headers?: HeadersLike;
  /** Ends the call at any time, also while it waits for its turn or for a retry. */
  signal?: AbortSignal | undefined;
}

const names = ['timeout', 'maxRetries', 'headers', 'signal'] as const satisfies (keyof RequestOptions)[];

/**
 * Checks the options of a call before anything is sent.
 * @param own the names of the options that only this call has
 * @throws {TypeError}
 */
export function requestOptions(options: RequestOptions, own: readonly string[] = []): RequestOptions {
  requireKnown('options', options, [...names, ...own]);
  const { timeout, maxRetries, headers, signal } = options;
  if (timeout !== undefined) requireInteger('timeout', timeout, 1);
  if (maxRetries !== undefined) requireInteger('maxRetries', maxRetries, 0);
  if (headers !== undefined) requireHeaders('headers', headers);
  if (signal !== undefined && !isSignal(signal)) {
    throw new TypeError(`Expected signal to be an AbortSignal, got ${show(signal)}.`);
  }
  return options;
}

/** Refuses a misspelt option such as `timeOut`, which would otherwise have no effect. */
export function requireKnown(name: string, options: object, known: readonly string[]): void {
  requireObject(name, options);
  for (const option of Object.keys(options)) {
    if (!known.includes(option)) {
      throw new TypeError(`Expected ${name} to be among ${known.join(', ')}, got ${show(option)}.`);
    }
  }
}

const isSignal = (value: unknown): value is AbortSignal =>
  typeof value === 'object' && value !== null && 'aborted' in value && 'addEventListener' in value;

/** Headers that the client sets itself: for the signature, for the body, and to name itself. */
const reserved = [
  'accept',
  'authorization',
  'content-length',
  'content-type',
  'date',
  'host',
  'transfer-encoding',
  'user-agent',
];

/** Messages do not show values, because they may be secrets. */
export function requireHeaders(name: string, headers: HeadersLike): void {
  let read: Headers;
  try {
    read = new Headers(headers);
  } catch {
    throw new TypeError(`Expected ${name} to have names and values that HTTP allows.`);
  }
  for (const header of reserved) {
    if (read.has(header)) {
      throw new TypeError(`Expected ${name} to have no ${header}: the client sets it.`);
    }
  }
}

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

export interface Page<T> {
  items: T[];
  /** Whether LINE says that more pages follow. Undefined when it does not say. */
  hasNext: boolean | undefined;
}

/**
 * Every item of a paged list. A page is requested when the loop reaches it. An item that moves to a later page
 * meanwhile, because somebody created or deleted one, is given once. A page without a new item ends the list, so
 * a server that repeats itself cannot make it endless.
 */
export async function* everyItem<T extends { id: string | number }>(
  fetchPage: (page: number) => Promise<Page<T>>,
): AsyncGenerator<T, void, undefined> {
  const seen = new Set<string | number>();
  for (let number = 1; ; number += 1) {
    const { items, hasNext } = await fetchPage(number);
    const fresh = items.filter(({ id }) => !seen.has(id));
    for (const item of fresh) seen.add(item.id);
    yield* fresh;
    if (hasNext === false || fresh.length === 0) return;
  }
}
