/** The log of a run's requests to LINE, in the form that LINE recommends. */

import { sql } from 'kysely';
import type { RequestOfRun } from '../../contracts/job-store.ts';
import type { RunRequestEntry } from '../../contracts/runs.ts';
import type { Db } from '../database/database.ts';
import { json } from '../database/schema.ts';

/**
 * Writes a batch of entries of any runs. Nothing should wait for this log, so workers collect entries and write them
 * together. Entries of deleted runs are dropped.
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

/** Oldest first, after the first `after` entries. */
export async function listRequests(db: Db, runId: string, limit: number, after = 0): Promise<RunRequestEntry[]> {
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
