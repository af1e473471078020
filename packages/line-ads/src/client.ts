import { requireFunction, requireInteger, requireObject, requireText, show } from './check.ts';
import { type Limiter, type Sleep, sharedLimiter, sleepFor } from './limiter.ts';
import type { RequestLog } from './log.ts';
import type { Fetch } from './request.ts';
import { type HeadersLike, requireHeaders, requireKnown } from './request-options.ts';
import { AdAccounts } from './resources/ad-accounts.ts';
import { CustomAudiences } from './resources/custom-audiences.ts';
import { LinkRequests } from './resources/link-requests.ts';
import { createSender } from './sender.ts';
import { userAgentOf } from './user-agent.ts';

/**
 * What a client is made with.
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
  /** LINE's "secret key". It stays in this process: only signatures made with it are sent. */
  secretKey: string;
  /** @default 'https://ads.line.me/api' */
  baseUrl?: string | undefined;
  /** Sends the requests: one of your own for a proxy, or for tests. @default the global fetch, which heeds NODE_USE_ENV_PROXY */
  fetch?: Fetch | undefined;
  /** @default at most 10 requests that go on or ended within the last second, over all clients of the key in this process */
  limiter?: Limiter | undefined;
  /** Ms since the epoch. @default Date.now */
  now?: (() => number) | undefined;
  /** Waits between attempts. @default a timer */
  sleep?: Sleep | undefined;
  /** From 0 up to 1, for the jitter. @default Math.random */
  random?: (() => number) | undefined;
  /** Attempts after the first one. Minimum: 0. @default 5 */
  maxRetries?: number | undefined;
  /** Ms for one attempt, to the end of its answer. Minimum: 1. @default 14000: a silent host is tried twice within 30 s */
  timeout?: number | undefined;
  /** The same for an upload. @default 600000, ten minutes: 60 MB at 1 Mbit/s take eight */
  uploadTimeout?: number | undefined;
  /** Sent with every request, for a gateway before LINE. Those of a call go before them. */
  headers?: HeadersLike;
  /** Your program, as `my-app/1.2.3`: it goes before the client's own `User-Agent`. */
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
 * Every call signs its requests, keeps to LINE's rate limit, retries what may be retried, and rejects with
 * LineAdsError; wrong usage is a TypeError. A client holds no connection that needs closing.
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
    for (const name of ['fetch', 'now', 'sleep', 'random', 'log'] as const) {
      if (options[name] !== undefined) requireFunction(name, options[name]);
    }
    if (options.limiter !== undefined) {
      requireObject('limiter', options.limiter);
      requireFunction('limiter.acquire', options.limiter.acquire);
    }
    // Nothing but this closure holds the keys, so no inspection of a client shows them.
    const send = createSender({
      accessKey: options.accessKey,
      secretKey: options.secretKey,
      baseUrl: checkedBaseUrl(options.baseUrl ?? 'https://ads.line.me/api'),
      fetch: options.fetch ?? globalThis.fetch,
      limiter: options.limiter ?? sharedLimiter(options.accessKey),
      now: options.now ?? Date.now,
      sleep: options.sleep ?? sleepFor,
      random: options.random ?? Math.random,
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

/** A key with white space around it is a slip of the clipboard, and LINE's 401 would not say so. Its value is not shown. */
function requireKey(name: string, key: string): void {
  if (typeof key !== 'string' || key === '') {
    throw new TypeError(`Expected ${name} to be a non-empty string, got ${key === '' ? '""' : typeof key}.`);
  }
  if (/\s/.test(key)) throw new TypeError(`Expected ${name} to hold no white space.`);
}

/** Without a slash at the end. Plain http is for a simulator or a proxy on the same machine. */
function checkedBaseUrl(text: string): string {
  requireText('baseUrl', text);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new TypeError(`Expected baseUrl to be an https: or http: URL, got ${show(text)}.`);
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    // Not shown, for it may hold a password.
    throw new TypeError('Expected baseUrl to have no user name, password, query or fragment.');
  }
  // regex-bounded: a setting of the caller's own
  return url.href.replace(/\/+$/, '');
}
