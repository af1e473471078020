/** The parts of split jobs: jobs that each fill the audience of one value of a column. */
import { sql } from 'kysely';
import type { StoredJob } from '../../contracts/job-store.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { uploadOfSegment } from '../../domain/files/file-names.ts';
import type { JobConfiguration } from '../../domain/jobs/configuration.ts';
import { sentence } from '../../domain/text/sentence.ts';
import type { Db, Tx } from '../database/database.ts';
import { json } from '../database/schema.ts';
import { storedJob } from './jobs.ts';

/** Locks all parts until the transaction ends, in an order that no other process reverses. */
export async function lockParts(tx: Tx, jobId: string): Promise<StoredJob[]> {
  const rows = await tx.selectFrom('jobs').selectAll().where('part_of', '=', jobId).orderBy('id').forUpdate().execute();
  return rows.map(storedJob);
}

/** All parts, without a lock. */
export async function allParts(db: Db, jobId: string): Promise<StoredJob[]> {
  return (await db.selectFrom('jobs').selectAll().where('part_of', '=', jobId).execute()).map(storedJob);
}

/** Parts whose split job is gone, or terminated without them. @returns whether each still has its split job */
export async function partsLeftBehind(db: Db): Promise<{ id: string; isOwned: boolean }[]> {
  const { rows } = await sql<{ id: string; isOwned: boolean }>`
    select part.id, owner.id is not null as "isOwned"
    from lineup.jobs as part left join lineup.jobs as owner on owner.id = part.part_of
    where part.part_of is not null and (owner.id is null or owner.status = 'killed' and part.status <> 'killed')
    order by part.id`.execute(db);
  return rows;
}

/** The file must be there until the transaction ends: the part reads it from now on. */
export async function claimPartFile(tx: Tx, { segment_id }: JobConfiguration, now: Date): Promise<void> {
  const taken = await tx
    .updateTable('uploads')
    .set({ used_since: now })
    .where('id', '=', uploadOfSegment(segment_id) ?? '')
    .where('deleted_at', 'is', null)
    .returning('id')
    .execute();
  if (taken.length > 0) return;
  throw new LineupError(
    'source_not_found',
    sentence`A file of this scan was deleted before its audiences had it. Run the job again.`,
    { retryable: true },
  );
}

/** @throws {LineupError} `source_not_found` when the file is gone */
export async function pointPart(
  tx: Tx,
  id: string,
  configuration: JobConfiguration,
  run: string,
  now: Date,
): Promise<void> {
  await claimPartFile(tx, configuration, now);
  await tx
    .updateTable('jobs')
    .set({ configuration: json(configuration), part_run: run })
    .where('id', '=', id)
    .execute();
}

/** An arbitrary number that separates this advisory lock from others. */
const SPLIT_LOCK = 4_190_283_773;

/** Lets one transaction at a time make a split job, so that two together do not make too many. */
export async function lockSplitJobs(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(${SPLIT_LOCK}::bigint)`.execute(tx);
}

export async function countSplitJobs(db: Db): Promise<number> {
  const { count } = await db
    .selectFrom('jobs')
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .where(sql<boolean>`configuration->>'split' is not null`)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** The parts by value, a page at a time; and the number of all. */
export async function listParts(
  db: Db,
  jobId: string,
  { limit, from }: { readonly limit: number; readonly from: number },
): Promise<{ items: StoredJob[]; total: number }> {
  const rows = await db
    .selectFrom('jobs')
    .selectAll()
    .where('part_of', '=', jobId)
    .orderBy(sql`part_value collate "C"`)
    .offset(from)
    .limit(limit)
    .execute();
  const { count } = await db
    .selectFrom('jobs')
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .where('part_of', '=', jobId)
    .executeTakeFirstOrThrow();
  return { items: rows.map(storedJob), total: Number(count) };
}

/** The last scan of each of these split jobs that has succeeded. */
export async function lastScansOf(db: Db, jobIds: readonly string[]): Promise<Map<string, string>> {
  if (jobIds.length === 0) return new Map();
  const { rows } = await sql<{ jobId: string; runId: string }>`
    select job.id as "jobId", last.id as "runId" from lineup.jobs as job cross join lateral (
      select id from lineup.runs where job_id = job.id and status = 'succeeded'
      order by queued_at desc, id desc limit 1) as last
    where job.id in (${sql.join(jobIds)})`.execute(db);
  return new Map(rows.map(({ jobId, runId }) => [jobId, runId]));
}

/** How many parts these split jobs have, and how many of them the scan `lastScans` has not seen. */
export async function countParts(
  db: Db,
  jobIds: readonly string[],
  lastScans: ReadonlyMap<string, string>,
): Promise<Map<string, { total: number; missing: number }>> {
  if (jobIds.length === 0) return new Map();
  const rows = await db.selectFrom('jobs').select(['part_of', 'part_run']).where('part_of', 'in', jobIds).execute();
  const parts = Map.groupBy(rows, ({ part_of }) => part_of!);
  return new Map(
    jobIds.map((id) => {
      const own = parts.get(id) ?? [];
      return [id, { total: own.length, missing: own.filter(({ part_run }) => part_run !== lastScans.get(id)).length }];
    }),
  );
}

/** When runs were queued, by id. */
export async function timesOfRuns(db: Db, ids: readonly string[]): Promise<Map<string, Date>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom('runs')
    .select(['id', 'queued_at'])
    .where('id', 'in', [...new Set(ids)])
    .execute();
  return new Map(rows.map(({ id, queued_at }) => [id, queued_at]));
}
