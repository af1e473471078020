/**
 * Audiences of which LINE holds only a part. This is derived from the rows of runs, which are folded from their
 * journals. So it does not depend on how a run ended.
 */

import { type Expression, type SqlBool, sql } from 'kysely';
import type { Incomplete } from '../../contracts/job-store.ts';
import type { Db } from '../database/database.ts';

/**
 * A row of `runs` (as `part`) makes its job (as `jobs`) incomplete when the run ended with a part sent to the job's
 * present audience, the job has sent nothing since, and no other run has replaced the audience.
 */
const leavesIncomplete = sql<SqlBool>`
  part.job_id = jobs.id and part.at_line = 'part' and part.status not in ('queued', 'running')
  and part.ad_account_id = jobs.configuration->>'adaccount_id'
  and part.audience_id is not distinct from jobs.audience_id
  and not exists (
    select 1 from lineup.runs as later
    where later.last_write_at > part.last_write_at and later.ad_account_id = part.ad_account_id
      and later.audience_id = part.audience_id
      and (later.job_id = part.job_id or later.status = 'succeeded' and later.mode = 'replace'))`;

/** For a query of `jobs`. */
export const isIncomplete: Expression<SqlBool> = sql<SqlBool>`exists (
  select 1 from lineup.runs as part where ${leavesIncomplete})`;

/** The jobs among `jobIds` whose audience is incomplete. */
export async function incompleteOf(db: Db, jobIds: readonly string[]): Promise<Map<string, Incomplete>> {
  if (jobIds.length === 0) return new Map();
  const { rows } = await sql<{
    jobId: string;
    runId: string;
    sent: number | string | null;
    total: number | string | null;
    endedAt: Date;
  }>`
    select distinct on (jobs.id) jobs.id as "jobId", part.id as "runId", part.uploaded as sent,
      part.unique_count as total, part.ended_at as "endedAt"
    from lineup.jobs join lineup.runs as part on ${leavesIncomplete}
    where jobs.id in (${sql.join(jobIds)})
    order by jobs.id, part.last_write_at desc, part.id desc`.execute(db);
  return new Map(
    rows.map(({ jobId, sent, total, ...row }) => [
      jobId,
      { ...row, sent: Number(sent ?? 0), total: Number(total ?? 0) },
    ]),
  );
}

/** The number of incomplete jobs that are not terminated. */
export async function countIncomplete(db: Db): Promise<number> {
  const { count } = await db
    .selectFrom('jobs')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('status', '<>', 'killed')
    .where(isIncomplete)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** The last runs of these jobs of which LINE holds a part and that may continue from their journals. */
export async function continuableRuns(db: Db, jobIds: readonly string[]): Promise<Set<string>> {
  if (jobIds.length === 0) return new Set();
  const { rows } = await sql<{ id: string }>`
    select part.id from lineup.jobs join lineup.runs as part on ${leavesIncomplete}
    where jobs.id in (${sql.join(jobIds)}) and not part.forbidden
      and (part.status <> 'failed' or part.error is null or part.error->>'resumable' = 'true')
      and not exists (
        select 1 from lineup.runs as later where later.job_id = part.job_id and later.queued_at > part.queued_at)
      and not exists (
        select 1 from lineup.runs as other
        where other.id <> part.id and other.last_write_at > part.last_write_at
          and other.ad_account_id = part.ad_account_id and other.audience_id = part.audience_id)`.execute(db);
  return new Set(rows.map(({ id }) => id));
}
