/** What the health report knows about the audiences of jobs: their state, and the sizes after successful runs. */
import { sql } from 'kysely';
import type { JobCondition } from '../../contracts/job-display.ts';
import type { JobError } from '../../contracts/jobs.ts';
import type { Db } from '../database/database.ts';
import { hasOpenAlert } from './alerts.ts';
import { isIncomplete } from './incomplete-runs.ts';

/** An audience after a successful run. */
export interface StoredPoint {
  /** ISO 8601. */
  readonly at: string;
  readonly members: number;
  readonly unique: number;
  readonly status: string | null;
  readonly estimate: string | null;
}

export interface AudienceFacts {
  readonly jobId: string;
  readonly jobName: string;
  readonly adAccountId: string;
  readonly audienceId: string | null;
  readonly condition: JobCondition;
  readonly error: JobError | null;
  readonly errorCount: number;
  readonly sleepUntil: Date | null;
  readonly slot: Date | null;
  readonly isIncomplete: boolean;
  readonly hasOpenAlert: boolean;
  /** After the latest successful runs, newest first. */
  readonly latest: readonly StoredPoint[];
}

/** Runs that filled the present audience of a job: after a change, the sizes of another one say nothing. */
const ofPresentAudience = sql`run.job_id = jobs.id and run.status = 'succeeded'
  and run.audience_id is not distinct from jobs.audience_id
  and run.ad_account_id = jobs.configuration->>'adaccount_id'`;

const point = sql`json_build_object('at', run.ended_at, 'members', coalesce(run.uploaded, 0),
  'unique', coalesce(run.unique_count, 0), 'status', run.matching_status, 'estimate', run.matching_size)`;

/** The facts about all jobs that are not terminated. @param count how many points of each */
export async function audienceFacts(db: Db, count: number): Promise<AudienceFacts[]> {
  const { rows } = await sql<AudienceFacts>`
    select jobs.id as "jobId", jobs.name as "jobName", jobs.configuration->>'adaccount_id' as "adAccountId",
      jobs.audience_id as "audienceId", jobs.condition, jobs.error, jobs.error_count as "errorCount",
      jobs.sleep_until as "sleepUntil", jobs.slot, ${isIncomplete} as "isIncomplete",
      ${hasOpenAlert} as "hasOpenAlert",
      coalesce((
        select json_agg(${point} order by run.queued_at desc, run.id desc) from (
          select * from lineup.runs as run where ${ofPresentAudience}
          order by run.queued_at desc, run.id desc limit ${count}::int
        ) as run), '[]') as latest
    from lineup.jobs as jobs where jobs.status <> 'killed'`.execute(db);
  return rows;
}

/** The latest points of some jobs, newest first. */
export async function pointsOf(
  db: Db,
  jobIds: readonly string[],
  count: number,
): Promise<Map<string, readonly StoredPoint[]>> {
  if (jobIds.length === 0) return new Map();
  const { rows } = await sql<{ jobId: string; points: StoredPoint[] }>`
    select jobs.id as "jobId", json_agg(${point} order by run.queued_at desc, run.id desc) as points
    from lineup.jobs as jobs cross join lateral (
      select * from lineup.runs as run where ${ofPresentAudience}
      order by run.queued_at desc, run.id desc limit ${count}::int
    ) as run
    where jobs.id in (${sql.join(jobIds)}) group by jobs.id`.execute(db);
  return new Map(rows.map(({ jobId, points }) => [jobId, points]));
}

/** The members of some jobs at a moment: after the last successful run that was queued before it. */
export async function membersAt(
  db: Db,
  jobIds: readonly string[],
  moment: Date,
): Promise<Map<string, number>> {
  if (jobIds.length === 0) return new Map();
  const { rows } = await sql<{ jobId: string; members: number | string }>`
    select jobs.id as "jobId", run.members
    from lineup.jobs as jobs cross join lateral (
      select coalesce(run.uploaded, 0) as members from lineup.runs as run
      where ${ofPresentAudience} and run.queued_at <= ${moment}
      order by run.queued_at desc, run.id desc limit 1
    ) as run
    where jobs.id in (${sql.join(jobIds)})`.execute(db);
  return new Map(rows.map(({ jobId, members }) => [jobId, Number(members)]));
}
