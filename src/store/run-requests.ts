/** The log of requests to LINE that a run made, in the form that LINE recommends to keep. */
import type { RunRequestEntry } from '../contracts/runs.ts';
import type { Db } from './database.ts';

/** Writes a batch down; the log is worth no waiting, so workers collect entries and write them now and then. */
export async function recordRequests(
  db: Db,
  runId: string,
  entries: readonly RunRequestEntry[],
): Promise<void> {
  if (entries.length === 0) return;
  await db
    .insertInto('run_requests')
    .values(
      entries.map((entry) => ({
        run_id: runId,
        at: entry.at,
        method: entry.method,
        endpoint: entry.endpoint,
        status: entry.status,
        error: entry.error,
        attempt: entry.attempt,
        duration_ms: Math.round(entry.duration_ms),
      })),
    )
    .execute();
}

/** In order, oldest first, after the first `after` ones. */
export async function listRequests(
  db: Db,
  runId: string,
  limit: number,
  after = 0,
): Promise<RunRequestEntry[]> {
  const rows = await db
    .selectFrom('run_requests')
    .select(['at', 'method', 'endpoint', 'status', 'error', 'attempt', 'duration_ms'])
    .where('run_id', '=', runId)
    .orderBy('id')
    .limit(limit)
    .offset(after)
    .execute();
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
}
