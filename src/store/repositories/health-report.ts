/** What the health report knows about the audiences of jobs: their state, and the sizes after successful runs. */
import { sql } from 'kysely';
import type { JobError } from '../../contracts/jobs.ts';
import type { AlertRuleName } from '../../domain/alerts/alerts.ts';
import { type IdentifierType, MAX_SIBLINGS } from '../../domain/audiences/requests.ts';
import type { JobCondition } from '../../domain/jobs/conditions.ts';
import type { Db } from '../database/database.ts';
import { json, jsonArray } from '../database/schema.ts';
import { openRules } from './alerts.ts';
import { isOfAnotherSharer, latestOfJob } from './deliveries.ts';
import { incompleteJobs } from './incomplete-runs.ts';
import { audienceIdOf, configurationsOf } from './jobs.ts';

/** An audience after a successful run. */
export interface StoredPoint {
  /** ISO 8601. */
  readonly at: string;
  readonly members: number;
  readonly unique: number;
  readonly status: string | null;
  readonly estimate: string | null;
}

/** One of the audiences of a job. */
export interface AudienceOfJob {
  readonly jobId: string;
  /** From 1. */
  readonly delivery: number;
}

/** What decides what deserves attention, without the runs. */
export interface AudienceState extends AudienceOfJob {
  readonly jobName: string;
  /** The split job whose part it is. */
  readonly partOf: string | null;
  readonly audienceId: string | null;
  readonly condition: JobCondition;
  readonly slot: Date | null;
  readonly isIncomplete: boolean;
  /** The rules of the open alerts of the job. */
  readonly openAlerts: readonly AlertRuleName[];
  /** Of the job. */
  readonly revision: number;
}

export interface AudienceFacts extends Omit<AudienceState, 'revision'> {
  /** After the latest successful runs, newest first. */
  readonly latest: readonly StoredPoint[];
}

/** What else is told about an audience. */
export interface AudienceDetails extends AudienceOfJob {
  /** How many audiences the job has. */
  readonly audiences: number;
  readonly adAccountId: string;
  readonly audienceName: string | null;
  readonly identifierType: IdentifierType;
  readonly error: JobError | null;
  readonly errorCount: number;
  readonly sleepUntil: Date | null;
  /** It has no audience itself. */
  readonly isSplit: boolean;
}

/** Of a job. */
const MAX_AUDIENCES = sql.lit(MAX_SIBLINGS + 1);

/** Most jobs have no siblings, and it takes longer to look for them. */
const siblings = jsonArray(sql`jobs.configuration->'siblings'`);

/** All audiences of each job (as `jobs`), with the identifier and the name in its configuration. */
export const audiencesOfJobs = sql`lineup.jobs as jobs cross join lateral (
    select 1 as delivery, 1 as audiences, jobs.audience_id, jobs.configuration->>'audience_name' as audience_name,
      jobs.configuration->>'identifier_type' as identifier_type, jobs.configuration->>'id_field' as id_field
    where ${siblings} = '[]'
    union all
    select place::int, count(*) over ()::int,
      ${audienceIdOf('jobs', sql`its`, sql`place`)} as audience_id,
      coalesce(its->>'audience_name', case when its->>'shares' = 'true' then jobs.configuration->>'audience_name' end)
        as audience_name,
      its->>'identifier_type' as identifier_type, its->>'id_field' as id_field
    from jsonb_array_elements(${configurationsOf('jobs')})
      with ordinality as of_job (its, place)
    where ${siblings} <> '[]'
    -- So the database knows that there are few, and computes them once.
    limit ${MAX_AUDIENCES}
  ) as audience`;

/** The last deliveries that filled the present audience: after a change, the sizes of another one say nothing. */
const latestDeliveries = (count: number, until?: Date) =>
  latestOfJob(
    {
      jobId: sql`jobs.id`,
      ...(until && { time: sql`its.queued_at <= ${until}` }),
      where: sql`its.audience_id is not distinct from audience.audience_id
        and its.ad_account_id = jobs.configuration->>'adaccount_id'`,
      several: sql`not ${isOfAnotherSharer('its', sql`audience.identifier_type`, sql`audience.id_field`)}`,
    },
    count,
  );

const points = sql`json_agg(json_build_object('at', run.ended_at, 'members', coalesce(run.uploaded, 0),
    'unique', coalesce(run.unique_count, 0), 'status', run.matching_status, 'estimate', run.matching_size)
  order by run.queued_at desc, run.run_id desc)`;

/**
 * What makes a job quiet: there is nothing to say about its audiences. Most jobs of a large installation are, so they
 * are counted in the database.
 */
export interface Quiet {
  /** It is in one of them, not incomplete, and has no open alert. */
  readonly conditions: readonly JobCondition[];
  /** Its slot is not before this moment. */
  readonly slotSince: Date;
  /** Jobs that are not quiet, because of what their runs have shown. */
  readonly except: readonly string[];
}

/** The jobs that are not terminated (as `judged`), each with the number of its audiences and whether it is quiet. */
const judgedBy = ({ conditions, slotSince, except }: Quiet) => sql`
  incomplete as materialized (${incompleteJobs}),
  judged as materialized (
    select jobs.id, jobs.name collate "C" as name, least(1 + jsonb_array_length(${siblings}), ${MAX_AUDIENCES}) as audiences,
      jobs.condition in (${sql.join(conditions)}) and coalesce(jobs.slot >= ${slotSince}, true)
        and jobs.id not in (select id from incomplete)
        and jobs.id not in (select job_id from lineup.alerts where cleared_at is null)
        and jobs.id not in (select jsonb_array_elements_text(${json(except)}::jsonb)) as is_quiet
    from lineup.jobs where jobs.status <> 'killed')`;

const stateColumns = sql`jobs.id as "jobId", jobs.name as "jobName", jobs.part_of as "partOf", audience.delivery,
  audience.audience_id as "audienceId", jobs.revision, jobs.condition, jobs.slot,
  jobs.id in (select id from incomplete) as "isIncomplete", ${openRules} as "openAlerts"`;

type Found<More> = (AudienceState & More) | ({ readonly [Key in keyof AudienceState]: null } & More);

/** Without a state, there is still a row with the counts. */
const statesIn = <More>(rows: readonly Found<More>[]): (AudienceState & More)[] =>
  rows.filter((row): row is AudienceState & More => row.jobId !== null);

/** The audiences of jobs that are neither terminated nor quiet, and how many belong to quiet ones. */
export async function audienceStates(
  db: Db,
  quiet: Quiet,
): Promise<{ readonly states: AudienceState[]; readonly quiet: number }> {
  const { rows } = await sql<Found<{ readonly quiet: number | string }>>`
    with ${judgedBy(quiet)}
    select counted.quiet, state.*
    from (select coalesce(sum(audiences) filter (where is_quiet), 0) as quiet from judged) as counted
    left join (
      select ${stateColumns} from ${audiencesOfJobs}
      where jobs.id in (select id from judged where not is_quiet)
    ) as state on true`.execute(db);
  return { states: statesIn(rows).map(({ quiet: _, ...state }) => state), quiet: Number(rows[0]!.quiet) };
}

/** A place in the order of names, as computers compare them. */
export type PlaceByName = Pick<AudienceState, 'jobName' | 'jobId' | 'delivery'>;

/** A page of the audiences of quiet jobs, by name, and how many are before it. */
export async function quietAudiences(
  db: Db,
  quiet: Quiet,
  limit: number,
  after?: PlaceByName,
): Promise<{ readonly states: AudienceState[]; readonly before: number }> {
  const isAfter = after
    ? sql`(name, id collate "C", delivery) > (${after.jobName}, ${after.jobId}, ${after.delivery}::int)`
    : sql`true`;
  const { rows } = await sql<Found<{ readonly before: number | string }>>`
    with ${judgedBy(quiet)},
    found as materialized (
      select id, name, delivery from judged cross join generate_series(1, audiences) as delivery where is_quiet),
    page as (select * from found where ${isAfter} order by name, id collate "C", delivery limit ${limit}::int)
    select counted.before, state.*
    from (select count(*) filter (where not ${isAfter}) as before from found) as counted
    left join (
      select ${stateColumns} from page join (${audiencesOfJobs}) on jobs.id = page.id and audience.delivery = page.delivery
    ) as state on true
    order by state."jobName" collate "C", state."jobId" collate "C", state.delivery`.execute(db);
  return { states: statesIn(rows).map(({ before: _, ...state }) => state), before: Number(rows[0]!.before) };
}

/** The audiences of some jobs, by `keyOf`. */
export async function audienceDetails(db: Db, jobIds: readonly string[]): Promise<Map<string, AudienceDetails>> {
  if (jobIds.length === 0) return new Map();
  const { rows } = await sql<AudienceDetails>`
    select jobs.id as "jobId", audience.delivery, audience.audiences, jobs.configuration->>'adaccount_id' as "adAccountId",
      audience.audience_name as "audienceName", audience.identifier_type as "identifierType", jobs.error,
      jobs.error_count as "errorCount", jobs.sleep_until as "sleepUntil",
      jobs.configuration->>'split' is not null as "isSplit"
    from ${audiencesOfJobs} where jobs.id in (${sql.join(jobIds)})`.execute(db);
  return new Map(rows.map((row) => [keyOf(row), row]));
}

/** The points of an audience are those of the job as it is configured. */
export const pointsKey = ({ jobId, delivery, revision, audienceId }: PointsOf): string =>
  `${jobId} ${delivery} ${revision} ${audienceId ?? ''}`;

type PointsOf = Pick<AudienceState, 'jobId' | 'delivery' | 'revision' | 'audienceId'>;

export interface PointsOfAudience extends PointsOf {
  /** Newest first. */
  readonly points: readonly StoredPoint[];
}

/** The latest points of the audiences of all jobs that are not terminated. */
export async function latestPoints(db: Db, count: number): Promise<PointsOfAudience[]> {
  const { rows } = await sql<PointsOf & { points: readonly StoredPoint[] | null }>`
    select jobs.id as "jobId", audience.delivery, jobs.revision, audience.audience_id as "audienceId",
      (select ${points} from (${latestDeliveries(count)}) as run) as points
    from ${audiencesOfJobs} where jobs.status <> 'killed'`.execute(db);
  return rows.map((row) => ({ ...row, points: row.points ?? [] }));
}

/** What identifies an audience in the answers below. */
export const keyOf = ({ jobId, delivery }: AudienceOfJob): string => `${jobId} ${delivery}`;

/** The latest points of the audiences of some jobs, newest first. */
export async function pointsOf(
  db: Db,
  jobIds: readonly string[],
  count: number,
): Promise<Map<string, readonly StoredPoint[]>> {
  if (jobIds.length === 0) return new Map();
  const { rows } = await sql<AudienceOfJob & { points: StoredPoint[] }>`
    select jobs.id as "jobId", audience.delivery, ${points} as points
    from ${audiencesOfJobs} cross join lateral (${latestDeliveries(count)}) as run
    where jobs.id in (${sql.join(jobIds)}) group by jobs.id, audience.delivery`.execute(db);
  return new Map(rows.map((row) => [keyOf(row), row.points]));
}

/** The members of the audiences of some jobs at a moment: after the last successful run that was queued before it. */
export async function membersAt(db: Db, jobIds: readonly string[], moment: Date): Promise<Map<string, number>> {
  if (jobIds.length === 0) return new Map();
  const { rows } = await sql<AudienceOfJob & { members: number | string }>`
    select jobs.id as "jobId", audience.delivery, coalesce(run.uploaded, 0) as members
    from ${audiencesOfJobs} cross join lateral (${latestDeliveries(1, moment)}) as run
    where jobs.id in (${sql.join(jobIds)})`.execute(db);
  return new Map(rows.map((row) => [keyOf(row), Number(row.members)]));
}
