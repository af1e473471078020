import * as machine from '../../client-core/src/machine.ts';
import { checkedBaseUrl, requireHeaders, requireKnown, userAgentOf } from '../../client-core/src/request.ts';
import { boundaryFrom } from '../../client-core/src/upload.ts';
import { requireFunction, requireInteger, requireObject, requireSecret } from '../../client-core/src/validation.ts';
import packageJson from '../package.json' with { type: 'json' };
import { type Limiter, type Sleep, sharedLimiter } from './limiter.ts';
import type { Fetch, HeadersLike, RequestLog } from './request.ts';
import { Accounts } from './resources/accounts.ts';
import { AudienceLists } from './resources/audience-lists.ts';
import { BaseAccounts } from './resources/base-accounts.ts';
import { createSender } from './send.ts';
import { idNumber } from './values.ts';

/**
 * Gives the access token for the next request. The client keeps none.
 *
 * @example
 * import { refreshAccessToken, type TokenSource } from '@lineup/ly-ads';
 *
 * const application = { clientId: 'my-client-id', clientSecret: 'my-client-secret' };
 * let token: string | undefined;
 * const source: TokenSource = async (refused) => {
 *   if (token === undefined || token === refused) {
 *     ({ accessToken: token } = await refreshAccessToken({ ...application, refreshToken: 'my-refresh-token' }));
 *   }
 *   return token;
 * };
 */
export type TokenSource = (
  /** A token that LY has just refused. Give another one: the call is made once more with it. */
  refused?: string,
  /** Aborts with the call. */
  signal?: AbortSignal,
) => Promise<string>;

/**
 * The options of a client.
 *
 * @example
 * import type { LyAdsClientOptions } from '@lineup/ly-ads';
 *
 * const options: LyAdsClientOptions = {
 *   clientId: 'my-client-id',
 *   baseAccountId: '1001',
 *   token: async () => 'my-access-token',
 *   userAgent: 'my-app/1.2.3',
 * };
 */
export interface LyAdsClientOptions {
  /** The client ID of your application: LY counts its requests together. */
  clientId: string;
  /** Gives the access token for each request. */
  token: TokenSource;
  /** The account that all calls but those of `baseAccounts` go through: an MCC account, or the ad account itself. */
  baseAccountId?: string | undefined;
  /** @default 'https://ads-display.yahooapis.jp' */
  baseUrl?: string | undefined;
  /**
   * Sends the requests. Give your own for a proxy or for tests.
   * @default the global fetch, which respects NODE_USE_ENV_PROXY
   */
  fetch?: Fetch | undefined;
  /** @default at most 5 requests, open or ended within the last second, of all clients of the ID in this process */
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
   * Ms for one attempt, up to the end of its answer. Minimum: 1. An upload has as much more as its bytes need at
   * 1 Mbit/s: two and a half hours for a whole GiB.
   * @default 30000
   */
  timeout?: number | undefined;
  /** Sent with every request, for a gateway in front of LY. Headers of a single call override them. */
  headers?: HeadersLike;
  /** Your program, as `my-app/1.2.3`. It stands before the client's own `User-Agent`. */
  userAgent?: string | undefined;
  /** Called after every attempt. */
  log?: RequestLog | undefined;
}

const optionNames: readonly (keyof LyAdsClientOptions)[] = [
  'clientId',
  'token',
  'baseAccountId',
  'baseUrl',
  'fetch',
  'limiter',
  'now',
  'sleep',
  'deadline',
  'random',
  'maxRetries',
  'timeout',
  'headers',
  'userAgent',
  'log',
];

/**
 * A client of LY Ads' display API, version 20, for audience lists of customer data.
 *
 * Every call asks for a token, keeps to LY's rate limit, and retries what may be retried. It rejects with LyAdsError;
 * wrong usage is a TypeError. A client needs no closing.
 *
 * @example
 * import { LyAdsClient } from '@lineup/ly-ads';
 *
 * const client = new LyAdsClient({ clientId: 'my-client-id', baseAccountId: '1001', token: async () => 'my-token' });
 * for await (const list of client.audienceLists.list('1002')) console.log(list.audienceListId, list.audienceListName);
 */
export class LyAdsClient {
  readonly baseAccounts: BaseAccounts;
  readonly accounts: Accounts;
  readonly audienceLists: AudienceLists;

  /** @throws {TypeError} for wrong options */
  constructor(options: LyAdsClientOptions) {
    requireKnown('options', options, optionNames);
    requireSecret('clientId', options.clientId);
    requireFunction('token', options.token);
    if (options.baseAccountId !== undefined) idNumber('baseAccountId', options.baseAccountId);
    const maxRetries = options.maxRetries ?? 5;
    const timeout = options.timeout ?? 30_000;
    requireInteger('maxRetries', maxRetries, 0);
    requireInteger('timeout', timeout, 1);
    requireHeaders('headers', options.headers);
    for (const name of ['fetch', 'now', 'sleep', 'deadline', 'random', 'log'] as const) {
      if (options[name] !== undefined) requireFunction(name, options[name]);
    }
    if (options.limiter !== undefined) {
      requireObject('limiter', options.limiter);
      requireFunction('limiter.acquire', options.limiter.acquire);
      if (options.limiter.pause !== undefined) requireFunction('limiter.pause', options.limiter.pause);
    }
    const { random, token } = options;
    const send = createSender({
      token: (refused, signal) => token(refused, signal),
      baseAccountId: options.baseAccountId,
      baseUrl: checkedBaseUrl(options.baseUrl ?? 'https://ads-display.yahooapis.jp'),
      fetch: options.fetch ?? globalThis.fetch,
      limiter: options.limiter ?? sharedLimiter(options.clientId),
      now: options.now ?? machine.now,
      sleep: options.sleep ?? machine.sleep,
      deadline: options.deadline ?? machine.sleep,
      random: random ?? machine.random,
      boundary: random === undefined ? machine.boundary : () => boundaryFrom(random),
      maxRetries,
      timeout,
      headers: options.headers,
      userAgent: clientAgent(options.userAgent),
      log: options.log,
    });
    const isBased = options.baseAccountId !== undefined;
    this.baseAccounts = new BaseAccounts(send);
    this.accounts = new Accounts(send, isBased);
    this.audienceLists = new AudienceLists(send, isBased);
  }
}

/** @throws {TypeError} */
export const clientAgent = (own: string | undefined): string =>
  userAgentOf(own, `lineup-ly-ads/${packageJson.version}`);
