/** One call: the options that every call takes, its body, and lists that take several calls. */
import { requireInteger, requireObject, requireText, show } from './validation.ts';

/** The known values for the editor, but any string in fact: the other side adds values without notice. */
export type Open<Known extends string> = Known | (string & {});

/** A file on the disk, or bytes that the caller reads. The other side gets its `name`. */
export type UploadFile = { name: string } & (
  | { path: string; bytes?: undefined; read?: undefined }
  | {
      path?: undefined;
      /** How many bytes there are. */
      bytes: number;
      /**
       * Starts to read them, once for each attempt. An error that it throws ends the upload before the other side has
       * a whole file.
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

/** Sends the requests of a client: the global `fetch`, or a test's own function. */
export type Fetch = (url: URL, init: RequestInit) => Promise<Response>;

/** Headers as `new Headers` takes them: an object, pairs, or `Headers`. */
export type HeadersLike = ConstructorParameters<typeof Headers>[0];

/** The options that every call takes. They override those of the client. */
export interface RequestOptions {
  /**
   * Ms for one attempt, up to the end of its answer. Minimum: 1.
   * @default the client's `timeout`, or `uploadTimeout` of an upload
   */
  timeout?: number | undefined;
  /** Attempts after the first one. Minimum: 0. @default the client's */
  maxRetries?: number | undefined;
  /** Sent with the request, for a gateway in front of the API. They override the client's headers of the same name. */
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

/** Headers that a client sets itself: for the authorization, for the body, and to name itself. */
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

/** Values that are undefined are left out. */
export type Query = Record<string, string | number | boolean | undefined>;

/** Where a request goes, with its query. */
export function urlOf(baseUrl: string, { path, query = {} }: { path: string; query?: Query | undefined }): URL {
  const url = new URL(baseUrl + path);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.append(name, String(value));
  }
  return url;
}

/**
 * Calls an observer. An error in it must not change the result of an upload that may have been taken, so it becomes
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
  /** Whether more pages follow. Undefined when the other side does not say. */
  hasNext: boolean | undefined;
}

/**
 * Every item of a paged list. A page is requested when the loop reaches it. An item that moves to a later page
 * meanwhile, because somebody created or deleted one, is given once. A page without a new item ends the list, so
 * a server that repeats itself cannot make it endless.
 */
export async function* everyItem<T>(
  fetchPage: (page: number) => Promise<Page<T>>,
  idOf: (item: T) => string | number,
): AsyncGenerator<T, void, undefined> {
  const seen = new Set<string | number>();
  for (let number = 1; ; number += 1) {
    const { items, hasNext } = await fetchPage(number);
    const fresh = items.filter((item) => !seen.has(idOf(item)));
    for (const item of fresh) seen.add(idOf(item));
    yield* fresh;
    if (hasNext === false || fresh.length === 0) return;
  }
}

/** The URL without a slash at its end. Plain http is for a simulator or a proxy on the same machine. */
export function checkedBaseUrl(text: string): string {
  requireText('baseUrl', text);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new TypeError(`Expected baseUrl to be an https: or http: URL, got ${show(text)}.`);
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    // The message does not show it, because it may contain a password.
    throw new TypeError('Expected baseUrl to have no user name, password, query or fragment.');
  }
  // regex-bounded: a setting of the caller's own
  return url.href.replace(/\/+$/, '');
}

/** One or several products with versions and comments (RFC 9110, section 10.1.5), in visible ASCII only. */
const products = /^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/;

/** @param own the caller's own product: it comes first, because it matters more @throws {TypeError} */
export function userAgentOf(own: string | undefined, client: string): string {
  if (own === undefined) return client;
  if (typeof own !== 'string' || !products.test(own)) {
    throw new TypeError(`Expected userAgent to be like "my-app/1.2.3", got ${show(own)}.`);
  }
  return `${own} ${client}`;
}
