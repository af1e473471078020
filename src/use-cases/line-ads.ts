/** LINE's API with the credentials of an authorization: the only place where a LINE Ads secret is opened. */
import {
  LineAdsClient,
  type LineAdsClientOptions,
  type RequestLogEntry,
} from '../../packages/line-ads/src/index.ts';
import type { SharedLimits } from '../contracts/ports.ts';
import type { RunRequestEntry } from '../contracts/runs.ts';
import { explainLineFailure } from '../export/line-failure.ts';
import type { Db } from '../store/database/database.ts';
import { revealConfiguration } from '../store/repositories/authorizations.ts';
import type { SecretBox } from '../store/secrets/secret-box.ts';

export interface LineAdsAccess {
  readonly db: Db;
  readonly box: SecretBox;
  readonly limits: SharedLimits;
  /** LINE's, or a simulator's. */
  readonly baseUrl: string;
}

export type ClientOptions = Pick<LineAdsClientOptions, 'log' | 'maxRetries'>;

/** Somebody sits before the screen: what does not pass in a few seconds is told, and tried again when they say so. */
export const interactive = { maxRetries: 2 } as const;

/** A client for the moment of its use. @throws {LineupError} `not_found` */
export async function lineAdsWith(
  access: LineAdsAccess,
  authorizationId: string,
  options: ClientOptions = {},
): Promise<LineAdsClient> {
  const { db, box } = access;
  return lineAdsOf(access, (await revealConfiguration(db, box, authorizationId)).reveal(), options);
}

/** A client with credentials that need not be saved. */
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

/** The client's log entry as a run keeps it. */
export const asRunRequest = (entry: RequestLogEntry): RunRequestEntry => ({
  at: entry.time,
  method: entry.method,
  endpoint: entry.endpoint,
  status: entry.status ?? null,
  error: entry.error ?? null,
  attempt: entry.attempt,
  duration_ms: entry.durationMs,
});

/** LINE's refusals as `LineupError`, with its own reason. */
export async function lineCall<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw explainLineFailure(error);
  }
}
