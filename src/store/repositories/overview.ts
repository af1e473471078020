/** What the overview counts over all jobs and runs. Each answer is small, however many there are. */
import { type RawBuilder, sql } from 'kysely';
import type { StoredJob } from '../../contracts/job-store.ts';
import { EXACT, SMALLEST_ESTIMATE } from '../../domain/audiences/size.ts';
import { activeStatuses } from '../../domain/runs/run-state.ts';
import type { Db } from '../database/database.ts';
import { latestOfJob, type OfJob, severalOfJob, singleOfJob } from './deliveries.ts';
import { audiencesOfJobs } from './health-report.ts';
import { storedJob } from './jobs.ts';

/** How the totals change on a day. */
export interface DayOfTotals {
  /** From 1. What is older than the first day belongs to it. */
  readonly day: number;
  /** How many sizes, and how many estimates, were seen. */
  readonly sizes: number;
  readonly estimates: number;
  readonly members: number;
  readonly reach: number;
  /** Of the audiences with an exact estimate: the estimates, and their members. */
  readonly matched: number;
  readonly sent: number;
}

/** LINE's estimate after it has ended its matching; null before, and for a text that LINE does not document. */
const exactReach = sql`case when its.matching_status = 'READY' and its.matching_size ~ ${sql.lit(EXACT.source)}
  then its.matching_size::bigint end`;
const boundOfReach = sql`case when its.matching_status = 'FAILED' or its.matching_status = 'READY' and its.matching_size = '-'
    then 0
  when its.matching_status = 'READY' and its.matching_size = ${sql.lit(`${SMALLEST_ESTIMATE} or fewer`)}
    then ${sql.lit(SMALLEST_ESTIMATE)} end`;

/** The successful deliveries of a job to its present audience, as `its`. */
const toAudience = (time: RawBuilder<unknown>, condition = sql`true`): OfJob => ({
  jobId: sql`audience.job_id`,
  time,
  where: sql`its.ad_account_id = audience.ad_account_id and its.audience_id = audience.audience_id and ${condition}`,
});

/** What a delivery has sent to its audience, and what LINE has made of it. */
const point = sql`its.queued_at, its.ended_at, coalesce(its.uploaded, 0) as members,
  coalesce(its.unique_count, 0) as unique_count, ${exactReach} as exact, ${boundOfReach} as bound`;

/** The deliveries of one run that share the audience count as one. */
const together = (deliveries: RawBuilder<unknown>) => sql`
  select queued_at, ended_at, sum(members)::bigint as members, sum(unique_count)::bigint as unique_count,
    max(exact) as exact, max(bound) as bound
  from (${deliveries}) as part group by run_id, queued_at, ended_at`;

const lastBefore = (moment: Date, condition: RawBuilder<unknown>) =>
  together(sql`select ${point}, its.run_id from lineup.deliveries as its
    where its.run_id = (
      select run_id from (${latestOfJob(toAudience(sql`its.queued_at < ${moment}`, condition), 1)}) as last)
      and its.ad_account_id = audience.ad_account_id and its.audience_id = audience.audience_id`);

/**
 * The sums over the present audiences of all jobs that are not terminated, as changes from day to day: each value
 * counts until the next one of its audience, so an audience that has no run on a day keeps its size. An audience that
 * several jobs fill has one estimate.
 * @param days the beginning of each, oldest first
 * @param inTens sums of sizes in tens, rounded down: src/domain/runs/left-out.ts
 * @param together so many jobs in one statement
 */
export async function dailyTotals(
  db: Db,
  days: readonly Date[],
  inTens: boolean,
  together = JOBS_TOGETHER,
): Promise<DayOfTotals[]> {
  const { jobs } = await db
    .selectFrom('jobs')
    .select(({ fn }) => fn.countAll<number>().as('jobs'))
    .executeTakeFirstOrThrow();
  const parts = Math.max(1, Math.ceil(Number(jobs) / together));
  const sums = new Map<number, Record<keyof DayOfTotals, number>>();
  for (let part = 0; part < parts; part++) {
    for (const { day, ...changes } of await totalsOfPart(db, days, inTens, { part, parts })) {
      const sum = sums.get(day);
      if (!sum) sums.set(day, { day, ...changes });
      else for (const [key, change] of Object.entries(changes)) sum[key as keyof typeof changes] += change;
    }
  }
  return [...sums.values()].sort((a, b) => a.day - b.day);
}

/** So many jobs are added up in one statement. Others have their turn in between, also at PGlite’s one connection. */
const JOBS_TOGETHER = 250;

async function totalsOfPart(
  db: Db,
  days: readonly Date[],
  inTens: boolean,
  { part, parts }: { readonly part: number; readonly parts: number },
): Promise<DayOfTotals[]> {
  const begin = days[0]!;
  const since = toAudience(sql`its.queued_at >= ${begin}`);
  const shown = (size: string) => (inTens ? sql`${sql.ref(size)} / 10 * 10` : sql.ref(size));
  const change = (column: string) => sql`case when reach is not null
    then ${sql.ref(column)} - lag(${sql.ref(column)}, 1, 0::bigint) over known else 0 end`;
  const { rows } = await sql<Record<keyof DayOfTotals, number | string>>`
    with audience as materialized (
      select *, row_number() over (partition by ad_account_id, audience_id order by job_id) = 1 as is_first
      from (
        select distinct jobs.id as job_id, jobs.configuration->>'adaccount_id' as ad_account_id, audience.audience_id
        from ${audiencesOfJobs} where jobs.status <> 'killed' and audience.audience_id is not null
      ) as its
    )
    select greatest(width_bucket(ended_at, ${momentsOf(days)}), 1) as day, count(*) as sizes,
      count(reach) as estimates, sum(members) as members, sum(change_of_reach) as reach, sum(change_of_matched) as matched,
      sum(change_of_sent) as sent
    from (select * from audience where abs(hashtext(job_id)::bigint) % ${parts}::int = ${part}::int) as audience
    cross join lateral (
      select ended_at, reach, members - lag(members, 1, 0::bigint) over (order by queued_at) as members,
        ${change('reach')} as change_of_reach, ${change('matched')} as change_of_matched,
        ${change('sent')} as change_of_sent
      from (
        select queued_at, ended_at, ${shown('members')} as members,
          case when audience.is_first then coalesce(exact, bound) end as reach,
          case when exact is null then 0 else least(exact, ${shown('unique_count')}) end as matched,
          case when exact is null then 0 else ${shown('unique_count')} end as sent
        from (
          ${lastBefore(begin, sql`true`)}
          union all ${lastBefore(begin, sql`coalesce(${exactReach}, ${boundOfReach}) is not null`)}
          union all select ${point} ${singleOfJob(since)}
          union all ${together(sql`select ${point}, its.run_id ${severalOfJob(since)}`)}
        ) as point
      ) as point
      window known as (partition by reach is null order by queued_at)
    ) as change
    group by 1 order by 1`.execute(db);
  return rows.map(numbersOf);
}

export interface DayOfDurations {
  readonly day: number;
  readonly median: number;
  readonly p95: number;
}

/** Without the time in which a run waited for a person. */
const duration = sql`extract(epoch from ended_at - greatest(started_at, ${approvedAt()})) * 1000`;

function approvedAt() {
  return sql`case when approval->>'at' ~ '^[12][0-9]{3}(-[0-9]{2}){2}T[0-9:.]{8,15}Z$'
    then (approval->>'at')::timestamptz end`;
}

/** How long the successful runs of each day took, in milliseconds. Days without one are missing. */
export async function dailyDurations(db: Db, days: readonly Date[]): Promise<DayOfDurations[]> {
  const { rows } = await sql<Record<keyof DayOfDurations, number | string>>`
    select width_bucket(ended_at, ${momentsOf(days)}) as day,
      percentile_disc(0.5) within group (order by ${duration}) as median,
      percentile_disc(0.95) within group (order by ${duration}) as p95
    from lineup.runs
    where status = 'succeeded' and queued_at >= ${days[0]!} and ended_at >= ${days[0]!} and started_at is not null
    group by 1 order by 1`.execute(db);
  return rows.map(numbersOf);
}

/** How long the next run of each job will take, in milliseconds: the median of its last successful ones. */
export async function expectedDurations(db: Db, jobIds: readonly string[]): Promise<Map<string, number>> {
  if (jobIds.length === 0) return new Map();
  const { rows } = await sql<{ id: string; ms: number | string }>`
    select jobs.id, run.ms from lineup.jobs cross join lateral (
      select percentile_disc(0.5) within group (order by ${duration}) as ms from (
        select * from lineup.runs where job_id = jobs.id and status = 'succeeded' and started_at is not null
        order by queued_at desc, runs.id desc limit 5) as last
    ) as run
    where jobs.id in (${sql.join(jobIds)}) and run.ms is not null`.execute(db);
  return new Map(rows.map(({ id, ms }) => [id, Number(ms)]));
}

/** The runs that were queued since a moment, and all that are queued or running, by status. */
export async function countRuns(db: Db, since: Date): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom('runs')
    .select((eb) => ['status', eb.fn.countAll<number | string>().as('count')])
    .where((eb) => eb.or([eb('queued_at', '>=', since), eb('status', 'in', activeStatuses)]))
    .groupBy('status')
    .execute();
  return new Map(rows.map(({ status, count }) => [status, Number(count)]));
}

/** The runs that have been running for the longest time. */
export async function runningRuns(db: Db, limit: number) {
  return db
    .selectFrom('runs')
    .select(['id', 'job_id', 'job_name', 'started_at'])
    .where('status', '=', 'running')
    .where('started_at', 'is not', null)
    .orderBy('started_at')
    .orderBy('id')
    .limit(limit)
    .execute();
}

/** The jobs that may begin a run by themselves. */
export async function jobsGoingOn(db: Db): Promise<StoredJob[]> {
  const rows = await db.selectFrom('jobs').selectAll().where('status', 'in', ['sleeping', 'runnable']).execute();
  return rows.map(storedJob);
}

const momentsOf = (days: readonly Date[]) => sql`array[${sql.join(days)}]::timestamptz[]`;

const numbersOf = <Key extends string>(row: Record<Key, number | string>): Record<Key, number> =>
  Object.fromEntries(Object.entries(row).map(([key, value]) => [key, Number(value)])) as Record<Key, number>;
