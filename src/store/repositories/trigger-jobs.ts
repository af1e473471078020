/** The jobs with a trigger: those that wait for other jobs, and those with a deadline. */
import { sql } from 'kysely';
import type { StoredJob, UnseenSuccess } from '../../contracts/job-store.ts';
import type { Db, Tx } from '../database/database.ts';
import { storedJob } from './jobs.ts';

/** An arbitrary number that separates this advisory lock from others. */
const TRIGGER_LOCK = 4_190_283_772;

/** Lets one transaction at a time say which jobs wait for which, so that no two make a circle together. */
export async function lockTriggers(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(${TRIGGER_LOCK}::bigint)`.execute(tx);
}

/**
 * The successes that jobs with a trigger have not seen. A time is compared as text, as the trigger remembers it,
 * because other triggers remember other texts. A part waits for the last scan that has seen its value, also
 * when a later one that has not seen it has succeeded before anybody looked.
 */
export async function unseenSuccesses(db: Db, limit: number): Promise<UnseenSuccess[]> {
  const { rows } = await sql<{ jobId: string; id: string; name: string; at: Date }>`
    select job.id as "jobId", other.id, other.name, last.queued_at as at
    from lineup.jobs as job join lineup.jobs as other on other.id = job.configuration->'trigger'->>'job_id'
    cross join lateral (
      select queued_at from lineup.runs where job_id = other.id and status = 'succeeded'
        and (job.part_of is null or job.part_of = other.id and id = job.part_run)
      order by queued_at desc, id desc limit 1
    ) as last
    where job.configuration->'trigger'->>'job_id' is not null and job.status <> 'killed'
      and job.configuration->>'run_frequency' = 'when_ready' and job.configuration->>'continuous_update' = 'true'
      and (job.trigger_state->>'seen' is null or job.trigger_state->>'seen' collate "C"
        < to_char(last.queued_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') collate "C")
    order by job.id limit ${limit}`.execute(db);
  return rows.map(({ jobId, id, name, at }) => ({ jobId, awaited: { id, name }, at }));
}

/** A job that waits for another one, and would run after it. */
export interface Waiting {
  readonly id: string;
  readonly name: string;
  readonly awaited: string;
}

/** Who waits for any of these jobs. Without parts, which belong to the job that they wait for. */
export async function waitingFor(db: Db, ids: readonly string[]): Promise<Waiting[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<Waiting>`
    select id, name, configuration->'trigger'->>'job_id' as awaited from lineup.jobs
    where configuration->'trigger'->>'job_id' in (${sql.join(ids)}) and part_of is null and status <> 'killed'
      and configuration->>'run_frequency' = 'when_ready' and configuration->>'continuous_update' = 'true'
    order by name, id`.execute(db);
  return rows;
}

/** The jobs with a deadline for what they wait for, if nobody has stopped them. */
export async function jobsWithDeadline(db: Db): Promise<StoredJob[]> {
  const rows = await db
    .selectFrom('jobs')
    .selectAll()
    .where(sql<boolean>`configuration->'trigger'->>'deadline' is not null`)
    .where('status', 'in', ['sleeping', 'runnable'])
    .orderBy('id')
    .execute();
  return rows.map(storedJob);
}
