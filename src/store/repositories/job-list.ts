/** Lists of jobs: searched, filtered and sorted, a page at a time. */

import { type Expression, type Selectable, type SqlBool, sql } from 'kysely';
import type { StoredJob } from '../../contracts/job-store.ts';
import type { JobListQuery, TagInUse } from '../../contracts/jobs.ts';
import { defaultOrder, type JobSort } from '../../domain/jobs/lists.ts';
import { invalidCursor } from '../../domain/values/paging.ts';
import type { Db } from '../database/database.ts';
import { escapeLike, json, jsonArray, type Schema } from '../database/schema.ts';
import { isIncomplete } from './incomplete-runs.ts';
import { storedJob } from './jobs.ts';

const MAX_TAGS_LISTED = 500;

export interface JobList {
  readonly items: readonly StoredJob[];
  /** Null on the last page. */
  readonly next: string | null;
  readonly total: number;
  readonly before: number;
}

type Filter = Omit<JobListQuery, 'limit' | 'cursor' | 'sort' | 'order'>;

/** The end of a page: the sort key and the id of its last job. */
interface Position {
  readonly key: string | number;
  readonly id: string;
}

/** What a list may tell the person who asks for it. */
export interface Sight {
  /** Whether the search includes the names of uploaded files. */
  readonly uploadNames: boolean;
  /** Whether sizes sort in tens. A cursor tells the size of a job, and may ask whether it is smaller than any other. */
  readonly sizesInTens: boolean;
}

/**
 * A page begins after the last job of the previous page, so that created and deleted jobs shift nothing.
 * @throws {LineupError} `invalid_argument` for an invalid cursor, or one of another order
 */
export async function listJobs(
  db: Db,
  query: JobListQuery,
  { uploadNames = false, sizesInTens = true }: Partial<Sight> = {},
): Promise<JobList> {
  const { limit, sort = 'created', order = defaultOrder(sort) } = query;
  const after = query.cursor === undefined ? undefined : positionOf(query.cursor, sort, order);
  const key = sortKey(sort === 'size' && sizesInTens ? 'size_in_tens' : sort, order === 'asc');
  const isAfter = after ? isAfterPosition(after, order) : sql<SqlBool>`true`;
  const direction = sql.raw(order);
  // Each job is looked at once, because a search may ask for the runs of each.
  const { rows } = await sql<Partial<ListedRow> & { total: number | string; before: number | string }>`
    with found as materialized (${matching(db, query, uploadNames).select(['jobs.id', key.as('sort_key')])}),
    page as (
      select * from found where ${isAfter} order by sort_key ${direction}, id ${direction} limit ${limit + 1}::int)
    select counted.*, page.sort_key, jobs.*
    from (select count(*) as total, count(*) filter (where not ${isAfter}) as before from found) as counted
    left join (page join lineup.jobs on jobs.id = page.id) on true
    order by page.sort_key ${direction}, page.id ${direction}`.execute(db);

  const listed = rows.filter((row): row is typeof row & ListedRow => row.id !== undefined && row.id !== null);
  const shown = listed.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(storedJob),
    next: last && listed.length > limit ? cursorAt(last.sort_key, last.id, sort, order) : null,
    total: Number(rows[0]!.total),
    before: Number(rows[0]!.before),
  };
}

type ListedRow = Selectable<Schema['jobs']> & { readonly sort_key: string | number };

/** The ids of the jobs that match, newest first. */
export async function idsOfJobs(
  db: Db,
  filter: Filter,
  { uploadNames, most }: Pick<Sight, 'uploadNames'> & { readonly most: number },
): Promise<string[]> {
  const rows = await matching(db, filter, uploadNames)
    .select('jobs.id')
    .orderBy('jobs.created_at', 'desc')
    .orderBy('jobs.id', 'desc')
    .limit(most)
    .execute();
  return rows.map(({ id }) => id);
}

/** The tags of all jobs, by name, each with the number of its jobs. */
export async function tagsInUse(db: Db): Promise<TagInUse[]> {
  const { rows } = await sql<{ tag: string; jobs: number }>`
    select tag, count(*)::int as jobs from lineup.jobs, jsonb_array_elements_text(${jsonArray(sql`tags`)}) as tag
    group by tag order by lower(tag), tag limit ${MAX_TAGS_LISTED}`.execute(db);
  return rows;
}

const matching = (db: Db, filter: Filter, uploadNames: boolean) =>
  db
    .selectFrom('jobs')
    .leftJoin('authorizations as source', 'source.id', 'jobs.source_authorization_id')
    .leftJoin('latest_runs as latest', 'latest.job_id', 'jobs.id')
    .where((where) => where.and(conditionsOf(filter, uploadNames)));

function conditionsOf(
  { status, condition, incomplete, search, ad_account, tag, part_of }: Filter,
  uploadNames: boolean,
): Expression<SqlBool>[] {
  return [
    part_of === undefined ? isNoPart : sql<SqlBool>`jobs.part_of = ${part_of}`,
    status === undefined ? [] : sql<SqlBool>`jobs.status = ${status}`,
    condition === undefined ? [] : sql<SqlBool>`jobs.condition = ${condition}`,
    incomplete === undefined ? [] : isIncomplete,
    ad_account === undefined ? [] : sql<SqlBool>`jobs.configuration->>'adaccount_id' = ${ad_account}`,
    tag === undefined ? [] : sql<SqlBool>`jobs.tags @> ${json([tag])}::jsonb`,
    search ? matchesSearch(search, uploadNames) : [],
  ].flat();
}

/** An older version may have deleted the split job alone. Then its parts are jobs like others. */
const isNoPart = sql<SqlBool>`(jobs.part_of is null
  or not exists (select from lineup.jobs as split where split.id = jobs.part_of))`;

/** In no text that anybody searches for. */
const SEPARATOR = '\u0001';

/** Searches the name and tags of a job, its source, its audiences at LINE and its ad account. */
function matchesSearch(search: string, uploadNames: boolean): Expression<SqlBool> {
  if (search.includes(SEPARATOR)) return sql<SqlBool>`false`;
  const pattern = `%${escapeLike(search)}%`;
  const patternInJson = `%${escapeLike(JSON.stringify(search).slice(1, -1))}%`;
  // Texts are put together, because it takes longer to begin a comparison than to make it. In those of lists, the
  // brackets and commas match too. So they only say whose lists must be looked at.
  return sql<SqlBool>`(
    concat_ws(${SEPARATOR}::text, jobs.name, source.label, jobs.audience_id, jobs.configuration->>'segment_id',
      jobs.configuration->>'adaccount_id', jobs.configuration->>'audience_id', jobs.configuration->>'audience_name')
      ilike ${pattern}
    or case when concat_ws(${SEPARATOR}::text, jobs.tags, jobs.sibling_audience_ids, jobs.configuration->'siblings')
        ilike ${patternInJson} then
      exists (select from jsonb_array_elements_text(${jsonArray(sql`jobs.tags`)}) as tag where tag ilike ${pattern})
      or exists (
        select from jsonb_array_elements_text(${jsonArray(sql`jobs.sibling_audience_ids`)}) as sibling_id
        where sibling_id ilike ${pattern})
      or exists (
        select from jsonb_array_elements(${jsonArray(sql`jobs.configuration->'siblings'`)}) as sibling
        where sibling->>'audience_name' ilike ${pattern})
      end
    or ${
      uploadNames
        ? sql`jobs.configuration->>'segment_id' like 'upload:%' and exists (
            select from lineup.uploads as upload
            where jobs.configuration->>'segment_id' = 'upload:' || upload.id and upload.name ilike ${pattern})`
        : sql`false`
    }
    -- Only the runs know the name of an audience that was there before.
    or jobs.configuration->>'audience_name' is null and (
      select audience_name from lineup.runs as run
      where run.job_id = jobs.id and audience_name is not null
      order by queued_at desc, id desc limit 1) ilike ${pattern})`;
}

/** Larger than all sort keys, and exact in JavaScript. */
const LARGEST = Number.MAX_SAFE_INTEGER;

/** The sort key: a name or a whole number, never null. */
function sortKey(sort: 'name' | keyof typeof numberOf, ascending: boolean) {
  if (sort === 'name') return sql<string>`lower(jobs.name)`;
  const none = sql.lit(ascending ? LARGEST : -1);
  return sql<number | string>`coalesce((${numberOf[sort]})::bigint, ${none})`;
}

const millis = (time: string) => `extract(epoch from ${time}) * 1000`;

const numberOf = {
  created: sql.raw(millis('jobs.created_at')),
  next_run: sql.raw(millis('jobs.sleep_until')),
  last_run: sql.raw(millis('latest.at')),
  size: sql.raw('latest.size'),
  size_in_tens: sql.raw('latest.size / 10 * 10'),
} as const;

function isAfterPosition({ key: last, id }: Position, order: 'asc' | 'desc') {
  const value = typeof last === 'string' ? sql`${last}::text` : sql`${last}::bigint`;
  return sql<SqlBool>`(sort_key, id) ${sql.raw(order === 'asc' ? '>' : '<')} (${value}, ${id})`;
}

const cursorAt = (key: string | number, id: string, sort: JobSort, order: string): string =>
  Buffer.from(JSON.stringify([sort, order, sort === 'name' ? key : Number(key), id])).toString('base64url');

function positionOf(cursor: string, sort: JobSort, order: string): Position {
  const [ofSort, ofOrder, key, id] = parsed(cursor);
  const isKey = sort === 'name' ? typeof key === 'string' && !key.includes('\0') : Number.isSafeInteger(key);
  if (ofSort === sort && ofOrder === order && isKey && typeof id === 'string' && /^[\w-]+$/.test(id)) {
    return { key: key as string | number, id };
  }
  throw invalidCursor();
}

function parsed(cursor: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    return Array.isArray(value) ? value : [];
  } catch {
    // The caller refuses an empty list as an invalid cursor.
    return [];
  }
}
