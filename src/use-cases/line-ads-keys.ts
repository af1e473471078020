/** The keys of LINE Ads with which runs work. A key that LINE refuses makes its authorization unhealthy. */
import type { RequestLogEntry } from '../../packages/line-ads/src/index.ts';
import type { RunRequestEntry } from '../contracts/runs.ts';
import { transaction } from '../store/database/database.ts';
import { getAuthorization } from '../store/repositories/authorizations.ts';
import { type HealthContext, keepHealth } from './authorization-health.ts';
import type { LineAdsKey } from './execute-run.ts';
import { type LineAdsAccess, lineAdsWith } from './line-ads.ts';

interface KeysContext extends HealthContext {
  readonly lineAds: LineAdsAccess;
}

/** The keys of authorizations, for runs. */
export const keysFor =
  (context: KeysContext) =>
  async (authorizationId: string): Promise<LineAdsKey> => {
    const { db } = context.lineAds;
    const { id, revision } = await getAuthorization(db, authorizationId);
    return {
      client: (log) => lineAdsWith(context.lineAds, authorizationId, { log: (entry) => log(asRunRequest(entry)) }),
      onRefused: (reason) =>
        transaction(db, (tx) => keepHealth(context, tx, { id, revision }, { health: 'unhealthy', reason })),
    };
  };

/** A log entry of the client, in the form that a run stores. */
const asRunRequest = (entry: RequestLogEntry): RunRequestEntry => ({
  at: entry.time,
  method: entry.method,
  endpoint: entry.endpoint,
  status: entry.status ?? null,
  error: entry.error ?? null,
  attempt: entry.attempt,
  duration_ms: entry.durationMs,
});
