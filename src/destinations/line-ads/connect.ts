/** Connects to LINE Ads with the keys of an authorization. */
import { LineAdsClient } from '../../../packages/line-ads/src/index.ts';
import { quotaOf } from '../../domain/destinations/limits.ts';
import { lineAdsTraits } from '../../domain/destinations/line-ads.ts';
import type { ConnectOptions } from '../connect.ts';
import type { Destination } from '../destination.ts';
import { lineAdsDestination } from './destination.ts';

/** For requests of a waiting person: few retries, because the person sees the error and can try again. */
const RETRIES_FOR_A_PERSON = 2;

export function connect(options: ConnectOptions): Destination {
  let skewMs: number | undefined;
  const client = clientOf(options, (entry) => {
    skewMs = entry.skewMs ?? skewMs;
  });
  const groupId = options.credentials['group_id'];
  return lineAdsDestination(client, { skewMs: () => skewMs, groupId });
}

/** @param onRequest also gets each request */
export function clientOf(
  { credentials, limits, clock, baseUrl, patience, log }: ConnectOptions,
  onRequest?: NonNullable<ConnectOptions['log']>,
): LineAdsClient {
  const { access_key = '', secret_key = '' } = credentials;
  return new LineAdsClient({
    accessKey: access_key,
    secretKey: secret_key,
    baseUrl,
    limiter: limits.rate(quotaOf(lineAdsTraits, access_key)),
    userAgent: 'Lineup',
    ...(clock && { now: () => clock.now().getTime(), sleep: clock.sleep, deadline: clock.sleep }),
    ...(patience === 'person' && { maxRetries: RETRIES_FOR_A_PERSON }),
    log: (entry) => {
      onRequest?.(entry);
      log?.(entry);
    },
  });
}
