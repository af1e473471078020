import packageJson from '../package.json' with { type: 'json' };
import { type Limiter, type Sleep, sharedLimiter } from './limiter.ts';
import * as machine from './machine.ts';
import { type Fetch, type HeadersLike, type RequestLog, requireHeaders, requireKnown } from './request.ts';
import { CustomAudiences } from './resources/custom-audiences.ts';
import { AdAccounts, LinkRequests } from './resources/groups.ts';
import { createSender } from './send.ts';
import { boundaryFrom } from './upload.ts';
import { requireFunction, requireInteger, requireObject, requireText, show } from './validation.ts';

/**
 * The options of a client.
 *
 * @example
 * import type { LineAdsClientOptions } from '@lineup/line-ads';
 *
 * const options: LineAdsClientOptions = {
 *   accessKey: 'my-access-key',
 *   secretKey: 'my-secret-key',
 *   userAgent: 'my-app/1.2.3',
 *   maxRetries: 2,
 * };
 */
export interface LineAdsClientOptions {
  /** LINE's "access key" (the `kid` of the signature). */
  accessKey: string;
  /** LINE's "secret key". It stays in this process: only signatures that are made with it are sent. */
  secretKey: string;
  /** @default 'https://ads.line.me/api' */
  baseUrl?: string | undefined;
  /**
   * Sends the requests. Give your own for a proxy or for tests.
   * @default the global fetch, which respects NODE_USE_ENV_PROXY
   */
  fetch?: Fetch | undefined;
  /** @default at most 10 requests, open or ended within the last second, of all clients of the key in this process */
  limiter?: Limiter | undefined;
  /** Ms since the epoch. @default Date.now */
  now?: (() => number) | undefined;
  /** Waits between attempts. @default a timer */
  sleep?: Sleep | undefined;
  /** Waits for the end of an attempt's time. Its signal aborts when the attempt has ended earlier. @default a timer */
  deadline?: Sleep | undefined;
  /** From 0 up to 1, for the jitter and the boundaries of forms. @default Math.random, and UUIDs for the boundaries */
  random?: (() => number) | undefined;
  /** Attempts after the first one. Minimum: 0. @default 5 */
  maxRetries?: number | undefined;
  /**
   * Ms for one attempt, up to the end of its answer. Minimum: 1.
   * @default 14000: two attempts at a silent host take less than 30 s
   */
  timeout?: number | undefined;
  /** The same for an upload. @default 600000, ten minutes: 60 MB at 1 Mbit/s take eight */
  uploadTimeout?: number | undefined;
  /** Sent with every request, for a gateway in front of LINE. Headers of a single call override them. */
  headers?: HeadersLike;
  /** Your program, as `my-app/1.2.3`. It stands before the client's own `User-Agent`. */
  userAgent?: string | undefined;
  /** Called after every attempt. */
  log?: RequestLog | undefined;
}

const optionNames: readonly (keyof LineAdsClientOptions)[] = [
  'accessKey',
  'secretKey',
  'baseUrl',
  'fetch',
  'limiter',
  'now',
  'sleep',
  'deadline',
  'random',
  'maxRetries',
  'timeout',
  'uploadTimeout',
  'headers',
  'userAgent',
  'log',
];

/**
 * A client of the LINE Ads API v3 for the role Data Provider (General).
 *
 * Every call signs its requests, keeps to LINE's rate limit, and retries what may be retried. It rejects with
 * LineAdsError; wrong usage is a TypeError. A client needs no closing.
 *
 * @example
 * import { LineAdsClient } from '@lineup/line-ads';
 *
 * const client = new LineAdsClient({ accessKey: 'my-access-key', secretKey: 'my-secret-key' });
 * for await (const audience of client.customAudiences.list('A1')) console.log(audience.id, audience.name);
 */
export class LineAdsClient {
  readonly customAudiences: CustomAudiences;
  readonly adAccounts: AdAccounts;
  readonly linkRequests: LinkRequests;

  /** @throws {TypeError} for wrong options */
  constructor(options: LineAdsClientOptions) {
    requireKnown('options', options, optionNames);
    requireKey('accessKey', options.accessKey);
    requireKey('secretKey', options.secretKey);
    const maxRetries = options.maxRetries ?? 5;
    const timeout = options.timeout ?? 14_000;
    const uploadTimeout = options.uploadTimeout ?? 600_000;
    requireInteger('maxRetries', maxRetries, 0);
    requireInteger('timeout', timeout, 1);
    requireInteger('uploadTimeout', uploadTimeout, 1);
    requireHeaders('headers', options.headers);
    for (const name of ['fetch', 'now', 'sleep', 'deadline', 'random', 'log'] as const) {
      if (options[name] !== undefined) requireFunction(name, options[name]);
    }
    if (options.limiter !== undefined) {
      requireObject('limiter', options.limiter);
      requireFunction('limiter.acquire', options.limiter.acquire);
    }
    const { random } = options;
    // Only this closure holds the keys, so an inspection of a client does not show them.
    const send = createSender({
      accessKey: options.accessKey,
      secretKey: options.secretKey,
      baseUrl: checkedBaseUrl(options.baseUrl ?? 'https://ads.line.me/api'),
      fetch: options.fetch ?? globalThis.fetch,
      limiter: options.limiter ?? sharedLimiter(options.accessKey),
      now: options.now ?? machine.now,
      sleep: options.sleep ?? machine.sleep,
      deadline: options.deadline ?? machine.sleep,
      random: random ?? machine.random,
      boundary: random === undefined ? machine.boundary : () => boundaryFrom(random),
      maxRetries,
      timeout,
      uploadTimeout,
      headers: options.headers,
      userAgent: userAgentOf(options.userAgent),
      log: options.log,
    });
    this.customAudiences = new CustomAudiences(send);
    this.adAccounts = new AdAccounts(send);
    this.linkRequests = new LinkRequests(send);
  }
}

/** White space comes from careless copying, and LINE's 401 would not tell. The message does not show the key. */
function requireKey(name: string, key: string): void {
  if (typeof key !== 'string' || key === '') {
    throw new TypeError(`Expected ${name} to be a non-empty string, got ${key === '' ? '""' : typeof key}.`);
  }
  if (/\s/.test(key)) throw new TypeError(`Expected ${name} to hold no white space.`);
}

/** The URL without a slash at its end. Plain http is for a simulator or a proxy on the same machine. */
function checkedBaseUrl(text: string): string {
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

/** The caller's own product comes first, because it matters more. @throws {TypeError} */
function userAgentOf(own: string | undefined): string {
  const client = `lineup-line-ads/${packageJson.version}`;
  if (own === undefined) return client;
  if (typeof own !== 'string' || !products.test(own)) {
    throw new TypeError(`Expected userAgent to be like "my-app/1.2.3", got ${show(own)}.`);
  }
  return `${own} ${client}`;
}
