/**
 * Lists of runs: filtered, newest first, a page at a time. And the runs that a list of jobs shows. The cursor of a
 * page is a time and an id. Unlike page numbers, it stays valid while rows are added.
 */

import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely';
import type { StoredRun } from '../../contracts/job-store.ts';
import type { RunSummary } from '../../contracts/runs.ts';
import type { RunFilter } from '../../domain/runs/filter.ts';
import type { ServiceRunStatus } from '../../domain/runs/run.ts';
import { invalidCursor } from '../../domain/values/paging.ts';
import type { Db } from '../database/database.ts';
import type { Schema } from '../database/schema.ts';
import { siblingsOf, storedRun, summaryOf } from './runs.ts';

export interface RunsPage extends Page<StoredRun> {
  readonly total: number;
  readonly before: number;
}

/** The number of runs that match. */
export async function countMatchingRuns(db: Db, filter: RunFilter): Promise<number> {
  const { count } = await matchingRuns(db, filter)
    .select((eb) => eb.fn.countAll().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
}

const matchingRuns = (db: Db, filter: RunFilter) => db.selectFrom('runs').where((where) => conditionOf(where, filter));

/**
 * Newest first, with the number of all matching runs and of those before the page.
 * @param total how many match
 * @default counts them
 */
export async function listRuns(
  db: Db,
  page: PageRequest & RunFilter,
  total?: () => Promise<number>,
): Promise<RunsPage> {
  const after = positionOf(page.cursor);
  const matching = matchingRuns(db, page);
  const rows = await matching
    .selectAll()
    .select(siblingsOf)
    .$if(after !== undefined, (query) =>
      query.where((where) => where(where.refTuple('queued_at', 'id'), '<', where.tuple(after!.at, after!.id))),
    )
    .orderBy('queued_at', 'desc')
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
    .execute();
  const before = after
    ? await matching
        .select((eb) => eb.fn.countAll().as('count'))
        .where((where) => where(where.refTuple('queued_at', 'id'), '>=', where.tuple(after.at, after.id)))
        .executeTakeFirstOrThrow()
    : { count: 0 };
  return {
    ...pageOf(rows, page.limit, (row) => ({ at: row.queued_at, id: row.id }), storedRun),
    total: await (total ?? (() => countMatchingRuns(db, page)))(),
    before: Number(before.count),
  };
}

function conditionOf(where: ExpressionBuilder<Schema, 'runs'>, filter: RunFilter) {
  const { status, jobId, deletedJob, adAccountId, from, to } = filter;
  const all: Expression<SqlBool>[] = [];
  if (status) all.push(where('status', 'in', status));
  if (jobId !== undefined) all.push(where('job_id', '=', jobId));
  if (deletedJob !== undefined) all.push(where('job_id', deletedJob ? 'is' : 'is not', null));
  if (adAccountId !== undefined) all.push(where('ad_account_id', '=', adAccountId));
  if (from) all.push(where('queued_at', '>=', from));
  if (to) all.push(where('queued_at', '<', to));
  return where.and(all);
}

/** The newest run of each job. */
export async function lastRunsOf(db: Db, jobIds: readonly string[]): Promise<Map<string, StoredRun>> {
  if (jobIds.length === 0) return new Map();
  const rows = await newestOfJobs(db, jobIds, sql`true`).execute();
  return new Map(rows.map((row) => [row.job_id ?? '', storedRun(row)]));
}

/** The newest run of each job of which LINE has something. */
export async function lastSentRunsOf(db: Db, jobIds: readonly string[]): Promise<Map<string, RunSummary>> {
  if (jobIds.length === 0) return new Map();
  const rows = await newestOfJobs(db, jobIds, sql`at_line <> 'nothing'`).execute();
  return new Map(rows.map((row) => [row.job_id ?? '', summaryOf(row)]));
}

/** One look into the index for each job: it takes the same time however many runs the job has had. */
const newestOfJobs = (db: Db, jobIds: readonly string[], condition: Expression<SqlBool>) =>
  db
    .selectFrom('jobs')
    .innerJoinLateral(
      (eb) =>
        eb
          .selectFrom('runs')
          .selectAll('runs')
          .whereRef('runs.job_id', '=', 'jobs.id')
          .where(condition)
          .orderBy('queued_at', 'desc')
          .orderBy('runs.id', 'desc')
          .limit(1)
          .as('runs'),
      (join) => join.onTrue(),
    )
    .selectAll('runs')
    .select(siblingsOf)
    .where('jobs.id', 'in', jobIds);

/** What a line of a list shows of the runs of its job. */
export interface RunsOfLine {
  /** Of the newest run. */
  readonly status: ServiceRunStatus;
  readonly stop_requested: 'end' | 'pause' | null;
  readonly audienceName: string | null;
  /** When it ended; before that, when it started or was queued. */
  readonly at: Date;
  /** The sizes after the latest succeeded runs, newest first. */
  readonly sizes: readonly (number | string)[];
}

/**
 * Some looks into the index for each job: they take the same time however many runs the job has had.
 * @param count of the sizes
 */
export async function runsOfLines(db: Db, jobIds: readonly string[], count: number): Promise<Map<string, RunsOfLine>> {
  if (jobIds.length === 0) return new Map();
  const { rows } = await sql<RunsOfLine & { readonly jobId: string }>`
    select jobs.id as "jobId", last.status, last.stop_requested, last.audience_name as "audienceName",
      coalesce(last.ended_at, last.started_at, last.queued_at) as at,
      ${latestSizes(count)} as sizes
    from lineup.jobs cross join lateral (
      select * from lineup.runs as run where run.job_id = jobs.id
      order by run.queued_at desc, run.id desc limit 1) as last
    where jobs.id in (${sql.join(jobIds)})`.execute(db);
  return new Map(rows.map((row) => [row.jobId, row]));
}

/** The numbers of sent values of each job's latest succeeded runs, oldest first. */
export async function recentSizesOf(db: Db, jobIds: readonly string[], count: number): Promise<Map<string, number[]>> {
  if (jobIds.length === 0) return new Map();
  const { rows } = await sql<{ jobId: string; sizes: (number | string)[] }>`
    select id as "jobId", ${latestSizes(count)} as sizes from lineup.jobs where id in (${sql.join(jobIds)})`.execute(
    db,
  );
  // PostgreSQL's driver returns an array of bigint as texts.
  return new Map(
    rows.filter(({ sizes }) => sizes.length > 0).map((row) => [row.jobId, row.sizes.map(Number).reverse()]),
  );
}

/** The sizes after the latest succeeded runs of a job (as `jobs`), newest first. */
const latestSizes = (count: number) => sql`array(
  select coalesce(uploaded, 0) from lineup.runs as run
  where run.job_id = jobs.id and run.status = 'succeeded'
  order by run.queued_at desc, run.id desc limit ${count}::int)`;

export interface PageRequest {
  readonly limit: number;
  /** The `next` of the previous page. */
  readonly cursor?: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Null on the last page. */
  readonly next: string | null;
}

export interface Position {
  readonly at: Date;
  readonly id: string;
}

/** A time with a year that the database accepts, and an id. */
const CURSOR = /^([12]\d{3}-[\d:.T-]+Z) ([\w-]+)$/;

/** @throws {LineupError} `invalid_argument` for an invalid cursor */
export function positionOf(cursor: string | undefined): Position | undefined {
  if (cursor === undefined) return undefined;
  const [, time = '', id = ''] = CURSOR.exec(Buffer.from(cursor, 'base64url').toString('utf8')) ?? [];
  const at = new Date(time);
  if (Number.isNaN(at.getTime())) throw invalidCursor();
  return { at, id };
}

/** Makes a page from rows. One row more than the limit shows that there is a next page. */
export function pageOf<Row, T>(
  rows: readonly Row[],
  limit: number,
  position: (row: Row) => Position,
  show: (row: Row) => T,
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const next = rows.length > limit && last ? cursorAt(position(last)) : null;
  return { items: shown.map(show), next };
}

const cursorAt = ({ at, id }: Position): string => Buffer.from(`${at.toISOString()} ${id}`).toString('base64url');
