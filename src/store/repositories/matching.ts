/** LINE's matching of an audience after a run, which takes hours. */
import { sql } from 'kysely';
import type { Matched } from '../../contracts/alert-checks.ts';
import type { MatchingObservation } from '../../contracts/runs.ts';
import type { Db, Tx } from '../database/database.ts';

/** Stores an observation, also in the run's row as the latest. A second one of the same moment is ignored. */
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

/** The final matching of earlier successful runs of the job to the same audience, newest first. */
export async function matchedBefore(
  db: Db,
  { jobId, runId, audienceId, endedAt }: WatchedRun,
  runs: number,
): Promise<Matched[]> {
  const rows = await db
    .selectFrom('runs')
    .select(['matching_size', 'unique_count'])
    .where('job_id', '=', jobId)
    .where('audience_id', '=', audienceId)
    .where('id', '<>', runId)
    .where('status', '=', 'succeeded')
    .where('matching_status', '=', 'READY')
    .where('ended_at', '<', endedAt)
    .orderBy('ended_at', 'desc')
    .limit(runs)
    .execute();
  return rows.map((row) => ({ estimate: row.matching_size, unique: Number(row.unique_count ?? 0) }));
}

/** The end of the first successful run of the job since LINE last had a match in its audience. */
export async function unmatchedSince(
  db: Db,
  { jobId, audienceId }: Pick<WatchedRun, 'jobId' | 'audienceId'>,
): Promise<Date | undefined> {
  const { rows } = await sql<{ since: Date | null }>`
    select min(run.ended_at) as since from lineup.runs as run
    where run.job_id = ${jobId} and run.audience_id = ${audienceId} and run.status = 'succeeded'
      and run.ended_at > coalesce((
        select max(seen.at) from lineup.matching_observations as seen
        join lineup.runs as before on before.id = seen.run_id
        where before.job_id = run.job_id and before.audience_id = run.audience_id
          and seen.estimated_size ~ '^([1-9][0-9]*|100 or fewer)$'), '-infinity')`.execute(db);
  return rows[0]?.since ?? undefined;
}

/** A run whose audience LINE may still be matching. */
export interface WatchedRun {
  readonly runId: string;
  readonly jobId: string;
  readonly jobName: string;
  readonly authorizationId: string;
  readonly adAccountId: string;
  readonly audienceId: string;
  readonly endedAt: Date;
  readonly unique: number;
}

/** How long and how often runs are watched, in milliseconds. */
export interface Watching {
  readonly forMs: number;
  readonly oftenForMs: number;
  readonly oftenMs: number;
  readonly laterMs: number;
}

/** The last succeeded run of each job, if its audience is due for an observation. */
export async function runsToMatch(db: Db, now: Date, watching: Watching): Promise<WatchedRun[]> {
  const ago = (ms: number) => new Date(now.getTime() - ms);
  const { rows } = await sql<WatchedRun>`
    select run.id as "runId", job.id as "jobId", job.name as "jobName",
      job.authorization_id as "authorizationId", run.ad_account_id as "adAccountId",
      run.audience_id as "audienceId", run.ended_at as "endedAt", run.unique_count as "unique"
    from lineup.jobs as job
    cross join lateral (
      select * from lineup.runs where job_id = job.id and status = 'succeeded'
      order by ended_at desc limit 1
    ) as run
    where run.ended_at > ${ago(watching.forMs)} and run.audience_id is not null and (
      run.matching_at is null
      or run.matching_at < ${ago(watching.laterMs)}
      or (run.ended_at > ${ago(watching.oftenForMs)} and run.matching_at < ${ago(watching.oftenMs)}))
    order by run.ended_at`.execute(db);
  return rows.map((row) => ({ ...row, unique: Number(row.unique) }));
}
