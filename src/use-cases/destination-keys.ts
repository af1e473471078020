/** The keys of destinations with which runs work. A key that is refused makes its authorization unhealthy. */
import type { RunRequestEntry } from '../contracts/runs.ts';
import type { RequestRecord } from '../destinations/connect.ts';
import { type Db, transaction } from '../store/database/database.ts';
import { getAuthorization } from '../store/repositories/authorizations.ts';
import { type HealthContext, keepHealth } from './authorization-health.ts';
import { type DestinationAccess, destinationWith } from './destinations.ts';
import type { DestinationKey } from './execute-run.ts';

interface KeysContext extends HealthContext {
  readonly db: Db;
  readonly destinations: DestinationAccess;
}

/** The keys of authorizations, for runs. */
export const keysFor =
  (context: KeysContext) =>
  async (authorizationId: string): Promise<DestinationKey> => {
    const { db, destinations } = context;
    const { id, revision } = await getAuthorization(db, authorizationId);
    return {
      connect: (log) =>
        destinationWith(destinations, authorizationId, { patience: 'run', log: (entry) => log(asRunRequest(entry)) }),
      onRefused: (reason) =>
        transaction(db, (tx) => keepHealth(context, tx, { id, revision }, { health: 'unhealthy', reason })),
    };
  };

/** A request in the form that a run stores. */
const asRunRequest = (entry: RequestRecord): RunRequestEntry => ({
  at: entry.time,
  method: entry.method,
  endpoint: entry.endpoint,
  status: entry.status ?? null,
  error: entry.error ?? null,
  attempt: entry.attempt,
  duration_ms: entry.durationMs,
});
