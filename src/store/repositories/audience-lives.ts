/** When the audiences of jobs end, and what takes their place. Written with the journals of runs. */
import { sql } from 'kysely';
import type { RunEvent } from '../../domain/runs/run-events.ts';
import { deliveryOf, type RunState } from '../../domain/runs/run-state.ts';
import type { Db, Tx } from '../database/database.ts';

/** An audience of a job. */
export interface AudienceLife {
  readonly jobId: string;
  readonly audienceId: string;
  readonly name: string | null;
  readonly endsAt: Date | null;
  readonly successor: {
    readonly runId: string;
    readonly name: string;
    /** Null until a run has created it. */
    readonly id: string | null;
    /** Since when the job fills it. Null before. */
    readonly since: Date | null;
  } | null;
}

/** Stores what an entry of a run's journal tells of the life of an audience. */
export async function recordLife(tx: Tx, runId: string, event: RunEvent, state: RunState): Promise<void> {
  switch (event.type) {
    case 'life':
      await sql`
        insert into lineup.audience_lives as life (job_id, audience_id, name, ends_at)
        select job_id, ${event.audienceId}, ${event.audienceName}, ${event.endsAt}::timestamptz
        from lineup.runs where id = ${runId} and job_id is not null
        on conflict (job_id, audience_id) do update
        set name = coalesce(excluded.name, life.name), ends_at = excluded.ends_at`.execute(tx);
      return;
    case 'renewed':
      await sql`
        insert into lineup.audience_lives as life
          (job_id, audience_id, name, ends_at, successor_run, successor_name, successor_id)
        select job_id, ${event.from.audienceId}, ${event.from.audienceName}, ${event.from.endsAt}::timestamptz,
          ${runId}, ${event.audienceName}, ${event.audienceId}::text
        from lineup.runs where id = ${runId} and job_id is not null
        on conflict (job_id, audience_id) do update
        set name = coalesce(excluded.name, life.name), ends_at = coalesce(excluded.ends_at, life.ends_at),
          successor_run = excluded.successor_run, successor_name = excluded.successor_name,
          successor_id = excluded.successor_id, renewed_at = null`.execute(tx);
      return;
    case 'created':
    case 'accepted': {
      const { renews, audienceId } = deliveryOf(state, event.delivery ?? 1);
      if (!renews) return;
      await sql`
        update lineup.audience_lives set successor_id = ${audienceId}
        where job_id = (select job_id from lineup.runs where id = ${runId}) and audience_id = ${renews.audienceId}
          and successor_run = ${runId} and successor_id is distinct from ${audienceId}`.execute(tx);
      return;
    }
    default:
      return;
  }
}

/** The job fills the successor from now on. */
export async function recordSuccession(tx: Tx, runId: string, audienceId: string, at: string): Promise<void> {
  await sql`
    update lineup.audience_lives set renewed_at = ${at}::timestamptz
    where job_id = (select job_id from lineup.runs where id = ${runId}) and audience_id = ${audienceId}
      and successor_run = ${runId}`.execute(tx);
}

interface Row {
  readonly jobId: string;
  readonly audienceId: string;
  readonly name: string | null;
  readonly endsAt: Date | null;
  readonly runId: string | null;
  readonly successorName: string | null;
  readonly successorId: string | null;
  readonly since: Date | null;
}

/** Of these jobs, the oldest first. */
export async function livesOf(db: Db, jobIds: readonly string[]): Promise<AudienceLife[]> {
  if (jobIds.length === 0) return [];
  const { rows } = await sql<Row>`
    select job_id as "jobId", audience_id as "audienceId", name, ends_at as "endsAt", successor_run as "runId",
      successor_name as "successorName", successor_id as "successorId", renewed_at as since
    from lineup.audience_lives where job_id in (${sql.join(jobIds)})
    order by job_id, ends_at nulls first, audience_id`.execute(db);
  return rows.map(({ jobId, audienceId, name, endsAt, runId, successorName, successorId, since }) => ({
    jobId,
    audienceId,
    name,
    endsAt,
    successor: runId === null ? null : { runId, name: successorName ?? '', id: successorId, since },
  }));
}

/** The jobs of whose audiences an end is known, without terminated ones. */
export async function jobsWithLives(db: Db): Promise<string[]> {
  const rows = await db
    .selectFrom('audience_lives')
    .innerJoin('jobs', 'jobs.id', 'audience_lives.job_id')
    .select('jobs.id')
    .distinct()
    .where('audience_lives.ends_at', 'is not', null)
    .where('jobs.status', '<>', 'killed')
    .orderBy('jobs.id')
    .execute();
  return rows.map(({ id }) => id);
}

/** Whether an audience (`its`) is what a job (`jobs`) is to fill in the place of one that it has. */
export const isSuccessorOfJob = (ids: ReturnType<typeof sql>) => sql<boolean>`exists (
  select 1 from lineup.audience_lives as life
  where life.job_id = jobs.id and life.successor_id = its.audience_id and life.renewed_at is null
    and ${ids} @> jsonb_build_array(life.audience_id))`;
