/** Connects to LY Ads with the application of an authorization, and with the tokens of its consent. */
import { type Limiter, LyAdsClient, type RequestLogEntry } from '../../../packages/ly-ads/src/index.ts';
import { quotaOf } from '../../domain/destinations/limits.ts';
import { lyAdsTraits } from '../../domain/destinations/ly-ads.ts';
import { Secret } from '../../domain/values/secret.ts';
import type { ConnectOptions, RequestRecord } from '../connect.ts';
import type { Destination } from '../destination.ts';
import { lyAdsDestination } from './destination.ts';
import { isId } from './lists.ts';

export { tokens } from './tokens.ts';

/** That of the consent, and that of the API. */
export const hosts = (baseUrl?: string): readonly string[] =>
  baseUrl === undefined ? ['https://biz-oauth.yahoo.co.jp', 'https://ads-display.yahooapis.jp'] : [baseUrl];

/** For requests of a waiting person: few retries, because the person sees the error and can try again. */
const RETRIES_FOR_A_PERSON = 2;

export function connect(options: ConnectOptions): Destination {
  const { base_account_id = '' } = options.credentials;
  const baseAccountId = isId(base_account_id) ? base_account_id : null;
  return lyAdsDestination(clientOf(options, baseAccountId), baseAccountId);
}

function clientOf(options: ConnectOptions, baseAccountId: string | null): LyAdsClient {
  const { credentials, tokens, clock, baseUrl, patience, log } = options;
  const { client_id = '' } = credentials;
  return new LyAdsClient({
    clientId: client_id,
    token: async (refused, signal) => {
      if (!tokens) throw new Error('LY Ads needs tokens.');
      return (await tokens.current(refused === undefined ? undefined : new Secret(refused), signal)).reveal();
    },
    baseUrl,
    limiter: limiterOf(options, client_id),
    userAgent: 'Lineup',
    ...(baseAccountId !== null && { baseAccountId }),
    ...(clock && { now: () => clock.now().getTime(), sleep: clock.sleep, deadline: clock.sleep }),
    ...(patience === 'person' && { maxRetries: RETRIES_FOR_A_PERSON }),
    ...(log && { log: (entry) => log(recordOf(entry)) }),
  });
}

/** LY's own code says the most, also of a refusal with 200. */
function recordOf({ reason, rid: _, error, ...entry }: RequestLogEntry): RequestRecord {
  const code = reason ?? error;
  return { ...entry, ...(code !== undefined && { error: code }) };
}

/** All processes of the installation share the limit of the application, and its pause. */
function limiterOf({ limits }: ConnectOptions, clientId: string): Limiter {
  const quota = quotaOf(lyAdsTraits, clientId);
  const rate = limits.rate(quota);
  return {
    acquire: (signal, lane) => rate.acquire(signal, lane),
    pause: (ms) => limits.pause(quota.key, ms),
  };
}
