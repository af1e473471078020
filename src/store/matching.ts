/** LINE's matching of an audience after a run, as it goes on over hours. */
import type { MatchingObservation } from '../contracts/runs.ts';
import type { Db, Tx } from './database.ts';

/** Writes an observation down, and into the run's row as the latest. The same moment twice is once. */
export async function recordMatching(tx: Tx, runId: string, seen: MatchingObservation): Promise<void> {
  await tx
    .insertInto('matching_observations')
    .values({ run_id: runId, at: seen.at, status: seen.status, estimated_size: seen.estimated_size })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await tx
    .updateTable('runs')
    .set({ matching_status: seen.status, matching_size: seen.estimated_size, matching_at: seen.at })
    .where('id', '=', runId)
    .execute();
}

/** In order of time. */
export async function listMatching(db: Db, runId: string): Promise<MatchingObservation[]> {
  const rows = await db
    .selectFrom('matching_observations')
    .select(['at', 'status', 'estimated_size'])
    .where('run_id', '=', runId)
    .orderBy('at')
    .execute();
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
}
