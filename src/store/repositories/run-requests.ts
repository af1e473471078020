/** The log of requests to LINE that a run made, in the form that LINE recommends to keep. */
import { sql } from 'kysely';
import type { RunRequestEntry } from '../../contracts/runs.ts';
import type { Db } from '../database/database.ts';
import { json } from '../database/schema.ts';

/** One entry of the log of `runId`. */
export type RequestOfRun = RunRequestEntry & { readonly runId: string };

/**
 * Writes a batch down, of any runs; the log is worth no waiting, so workers collect entries and write them now and then. A
 * run that is no more has no log.
 */
export async function recordRequests(db: Db, entries: readonly RequestOfRun[]): Promise<void> {
  if (entries.length === 0) return;
  const numbered = entries.map((entry, n) => ({ ...entry, n, duration_ms: Math.round(entry.duration_ms) }));
  await sql`
    insert into lineup.run_requests (run_id, at, method, endpoint, status, error, attempt, duration_ms)
    select "runId", at, method, endpoint, status, error, attempt, duration_ms
    from jsonb_to_recordset(${json(numbered)}::jsonb) as entry (
      n integer, "runId" text, at timestamptz, method text, endpoint text, status integer, error text,
      attempt integer, duration_ms integer)
    where exists (select 1 from lineup.runs where id = "runId")
    order by n`.execute(db);
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
