import { requireInteger, requireObject, show } from './check.ts';

/**
 * As `new Headers` takes them: an object, pairs, or `Headers`.
 *
 * @example
 * import { type HeadersLike, LineAdsClient } from '@lineup/line-ads';
 *
 * const headers: HeadersLike = { 'x-gateway-team': 'crm' };
 * const client = new LineAdsClient({ accessKey: 'my-access-key', secretKey: 'my-secret-key', headers });
 */
export type HeadersLike = ConstructorParameters<typeof Headers>[0];

/**
 * What every call takes beside its own options. Each goes before what the client was made with.
 *
 * @example
 * import { LineAdsClient, type RequestOptions } from '@lineup/line-ads';
 *
 * const client = new LineAdsClient({ accessKey: 'my-access-key', secretKey: 'my-secret-key' });
 * const soon: RequestOptions = { timeout: 5_000, maxRetries: 0, signal: AbortSignal.timeout(10_000) };
 * const audience = await client.customAudiences.rename('A1', '5343822743475', 'VIP members', soon);
 */
export interface RequestOptions {
  /** Ms for one attempt, to the end of its answer. Minimum: 1. @default the client's `timeout`, of an upload `uploadTimeout` */
  timeout?: number | undefined;
  /** Attempts after the first one. Minimum: 0. @default the client's */
  maxRetries?: number | undefined;
  /** Sent along, for a gateway before LINE. They go before the client's of the same name. */
  headers?: HeadersLike;
  /** Ends the call at any point, also while it waits for its turn or for a retry. */
  signal?: AbortSignal | undefined;
}

const names = ['timeout', 'maxRetries', 'headers', 'signal'] as const satisfies (keyof RequestOptions)[];

/**
 * The options of a call, looked at before anything is sent.
 * @param own those that this call has besides
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

/** A slip such as `timeOut` would otherwise be passed over in silence. */
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

/** What a request is signed with or framed by, and what the client says of itself. */
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

/** Values are not shown, for they may be secrets. */
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
