/**
 * Audiences of which LINE holds only a part. This is derived from the rows of runs, which are folded from their
 * journals. So it does not depend on how a run ended.
 */

import { type Expression, type SqlBool, sql } from 'kysely';
import type { Incomplete } from '../../contracts/job-store.ts';
import type { Db } from '../database/database.ts';
import { isSuccessorOfJob } from './audience-lives.ts';
import { ONE_BY_ONE } from './deliveries.ts';
import { audienceIdsOf } from './jobs.ts';
import { hasLaterRun, isActiveRun, isResumableRun } from './runs.ts';

/**
 * A write to the audience of a delivery (as `its`) of a run (as `part`) after it. Deliveries of one run may share an
 * audience: they say nothing of each other. @param alias of a delivery of another run
 */
const writesLater = (alias: string) => sql`
  ${sql.ref(alias)}.run_id <> part.id and ${sql.ref(alias)}.last_write_at > coalesce(its.last_write_at, part.started_at)
  and ${sql.ref(alias)}.ad_account_id = its.ad_account_id and ${sql.ref(alias)}.audience_id = its.audience_id`;

/**
 * A row of `runs` (as `part`) makes its job (as `jobs`) incomplete when the run ended with a part sent, and at least
 * one audience of the job lacks members of it: the job has sent the audience nothing since, and no other run has
 * replaced it.
 */
const leavesIncomplete = sql<SqlBool>`
  part.job_id = jobs.id and part.at_line = 'part' and not ${isActiveRun('part')}
  and part.ad_account_id = jobs.configuration->>'adaccount_id'
  and exists (
    select 1 from lineup.deliveries as its
    where its.run_id = part.id and its.at_line <> 'whole'
      and (${audienceIdsOf('jobs')} @> jsonb_build_array(its.audience_id) or ${isSuccessorOfJob(audienceIdsOf('jobs'))})
      and not exists (
        select 1 from lineup.deliveries as later
        where ${writesLater('later')}
          and (later.job_id = part.job_id or later.status = 'succeeded' and later.mode = 'replace')
        ${ONE_BY_ONE})
    ${ONE_BY_ONE})`;

/**
 * Whether such a run may continue from its journal: it is the last one of its job, nothing forbids it, and nobody has
 * written to an audience since that lacks members of it.
 */
const isContinuable = sql<boolean>`(
  not part.forbidden and (part.status <> 'failed' or ${isResumableRun('part')})
  and not ${hasLaterRun('part')}
  and not exists (
    select 1 from lineup.deliveries as its
    where its.run_id = part.id and its.at_line <> 'whole' and exists (
      select 1 from lineup.deliveries as other
      where ${writesLater('other')}
      ${ONE_BY_ONE})
    ${ONE_BY_ONE}))`;

/** For a query of `jobs`. */
export const isIncomplete: Expression<SqlBool> = sql<SqlBool>`exists (
  select 1 from lineup.runs as part where ${leavesIncomplete})`;

/** The ids of all such jobs. Few runs left a part, so this begins with them. */
export const incompleteJobs = sql`
  select distinct jobs.id from (select * from lineup.runs where at_line = 'part' ${ONE_BY_ONE}) as part
  cross join lateral (select * from lineup.jobs where jobs.id = part.job_id ${ONE_BY_ONE}) as jobs
  where ${leavesIncomplete}`;

/**
 * The ids of the last runs that left a part of a job that rests now, while its log does not say so
 * (src/jobs/incomplete.ts writes it): the worker died before, or is of an older version that cannot read the job.
 */
export const untoldParts = sql`
  select part.id from (select * from lineup.runs where at_line = 'part' ${ONE_BY_ONE}) as part
  cross join lateral (select * from lineup.jobs where jobs.id = part.job_id ${ONE_BY_ONE}) as jobs
  where ${leavesIncomplete} and not ${hasLaterRun('part')} and jobs.condition not in ('running', 'retrying')
    and not exists (
      select 1 from lineup.job_transitions as told
      where told.job_id = jobs.id and told.run_id = part.id and told.action = 'incomplete' and told.at >= part.ended_at)`;

/** The jobs among `jobIds` whose audience is incomplete. */
export async function incompleteOf(db: Db, jobIds: readonly string[]): Promise<Map<string, Incomplete>> {
  if (jobIds.length === 0) return new Map();
  // Most jobs have no run that left a part, and the whole question takes longer.
  const found = await db
    .selectFrom('runs')
    .select('job_id')
    .distinct()
    .where('job_id', 'in', jobIds)
    .where('at_line', '=', 'part')
    .execute();
  const suspects = found.map(({ job_id }) => job_id);
  if (suspects.length === 0) return new Map();
  const { rows } = await sql<{
    jobId: string;
    runId: string;
    sent: number | string | null;
    total: number | string | null;
    endedAt: Date;
    continuable: boolean;
  }>`
    select distinct on (jobs.id) jobs.id as "jobId", part.id as "runId", part.ended_at as "endedAt",
      ${isContinuable} as continuable,
      (select sum(uploaded) from lineup.deliveries where run_id = part.id) as sent,
      (select sum(unique_count) from lineup.deliveries where run_id = part.id) as total
    from lineup.jobs join lineup.runs as part on ${leavesIncomplete}
    where jobs.id in (${sql.join(suspects)})
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
