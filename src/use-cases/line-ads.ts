/** Clients of LINE's API. Whoever has one can use it without knowing its keys. */
import { LineAdsClient, type LineAdsClientOptions } from '../../packages/line-ads/src/index.ts';
import type { SharedLimits } from '../contracts/ports.ts';
import { explainLineFailure } from '../export/line-failure.ts';
import type { Db } from '../store/database/database.ts';
import type { KnownAuthorizations } from './known-authorizations.ts';

export interface LineAdsAccess {
  readonly db: Db;
  readonly authorizations: KnownAuthorizations;
  readonly limits: SharedLimits;
  /** The URL of LINE's API, or of a simulator. */
  readonly baseUrl: string;
}

export type ClientOptions = Pick<LineAdsClientOptions, 'log' | 'maxRetries'>;

/** For requests of a waiting person: few retries, because the person sees the error and can try again. */
export const interactive = { maxRetries: 2 } as const;

/** A client for immediate use, with the credentials of an authorization. @throws {LineupError} `not_found` */
export async function lineAdsWith(
  access: LineAdsAccess,
  authorizationId: string,
  options: ClientOptions = {},
): Promise<LineAdsClient> {
  return lineAdsOf(access, (await access.authorizations.reveal(authorizationId)).reveal(), options);
}

/** A client with given credentials, saved or not. */
export function lineAdsOf(
  { limits, baseUrl }: Pick<LineAdsAccess, 'limits' | 'baseUrl'>,
  { access_key = '', secret_key = '' }: Record<string, string>,
  options: ClientOptions = {},
): LineAdsClient {
  return new LineAdsClient({
    accessKey: access_key,
    secretKey: secret_key,
    baseUrl,
    limiter: limits.rate(access_key),
    userAgent: 'Lineup',
    ...options,
  });
}

/** Turns errors of LINE into `LineupError` with LINE's reason. */
export async function lineCall<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw explainLineFailure(error);
  }
}
