import * as machine from '../../client-core/src/machine.ts';
import { checkedBaseUrl, requireHeaders, requireKnown, userAgentOf } from '../../client-core/src/request.ts';
import { boundaryFrom } from '../../client-core/src/upload.ts';
import { requireFunction, requireInteger, requireObject, requireSecret } from '../../client-core/src/validation.ts';
import packageJson from '../package.json' with { type: 'json' };
import { type Limiter, type Sleep, sharedLimiter } from './limiter.ts';
import type { Fetch, HeadersLike, RequestLog } from './request.ts';
import { CustomAudiences } from './resources/custom-audiences.ts';
import { AdAccounts, LinkRequests } from './resources/groups.ts';
import { createSender } from './send.ts';

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
    requireSecret('accessKey', options.accessKey);
    requireSecret('secretKey', options.secretKey);
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
      userAgent: userAgentOf(options.userAgent, `lineup-line-ads/${packageJson.version}`),
      log: options.log,
    });
    this.customAudiences = new CustomAudiences(send);
    this.adAccounts = new AdAccounts(send);
    this.linkRequests = new LinkRequests(send);
  }
}
