/** Uploaded files. The key of an upload's content is sealed. Only `revealUpload` opens it. */
import { sql } from 'kysely';
import type { Upload, UploadPolicy } from '../../contracts/uploads.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { segmentOfUpload } from '../../domain/files/file-names.ts';
import type { Actor } from '../../domain/people/people.ts';
import { listed, sentence } from '../../domain/text/sentence.ts';
import { Secret } from '../../domain/values/secret.ts';
import type { Db, Tx } from '../database/database.ts';
import type { SecretBox } from '../secrets/secret-box.ts';
import { uploadCell } from '../secrets/stored-secrets.ts';
import { notFound } from './repository-errors.ts';
import { isActiveRun } from './runs.ts';

/** The key of an upload's content, and what is needed to read it. */
export interface UploadContentKey {
  readonly key: Secret<Buffer>;
  readonly bytes: number;
  readonly format: string;
}

export interface UploadToStore extends UploadContentKey {
  readonly id: string;
  readonly name: string;
  readonly policy: UploadPolicy;
  /** The run whose scan made it. Missing for a file of a person. */
  readonly splitRun?: string | undefined;
}

export async function createUpload(
  tx: Tx,
  box: SecretBox,
  { key, splitRun = undefined, ...plain }: UploadToStore,
  actor: Actor,
  now: Date,
): Promise<void> {
  await tx
    .insertInto('uploads')
    .values({
      ...plain,
      split_run: splitRun ?? null,
      file_key: box.seal(new Secret(key.reveal().toString('base64')), uploadCell(plain.id)),
      key_id: box.keyId,
      created_by: actor.name,
      created_at: now,
    })
    .execute();
}

/** The uploads of people that have content, newest first. */
export const listUploads = (db: Db): Promise<Upload[]> => read(db, { ofPeople: true });

/** The same with the files of split jobs. */
export const listStoredFiles = (db: Db): Promise<Upload[]> => read(db, { ofPeople: false });

/** Of a person. Also finds an upload whose content was deleted. @throws {LineupError} `not_found` */
export async function getUpload(db: Db, id: string): Promise<Upload> {
  const [found] = await read(db, { id, ofPeople: true });
  if (!found) throw notFound('upload', id);
  return found;
}

/** By id. */
export async function namesOfUploads(db: Db, ids: readonly string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom('uploads').select(['id', 'name']).where('id', 'in', ids).execute();
  return new Map(rows.map(({ id, name }) => [id, name]));
}

async function read(db: Db, { id, ofPeople }: { readonly id?: string; readonly ofPeople: boolean }): Promise<Upload[]> {
  const rows = await db
    .selectFrom('uploads')
    .select(['id', 'name', 'bytes', 'format', 'policy', 'created_by', 'created_at', 'deleted_at'])
    .$if(id === undefined, (query) => query.where('deleted_at', 'is', null))
    .$if(id !== undefined, (query) => query.where('id', '=', id!))
    .$if(ofPeople, (query) => query.where('split_run', 'is', null))
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .execute();
  const jobs = await jobsUsing(
    db,
    rows.map((row) => row.id),
  );
  return rows.map(({ created_at, deleted_at, ...row }) => ({
    ...row,
    segment_id: segmentOfUpload(row.id),
    created_at: created_at.toISOString(),
    deleted_at: deleted_at?.toISOString() ?? null,
    used_by: jobs.filter((job) => job.segmentId === segmentOfUpload(row.id)).map(({ id, name }) => ({ id, name })),
  }));
}

async function jobsUsing(db: Db, ids: readonly string[]): Promise<{ id: string; name: string; segmentId: string }[]> {
  if (ids.length === 0) return [];
  // After `#` comes the sheet of a workbook.
  const segment = sql<string>`split_part(configuration->>'segment_id', '#', 1)`;
  return (
    db
      .selectFrom('jobs')
      .select(['id', 'name', segment.as('segmentId')])
      .where(segment, 'in', ids.map(segmentOfUpload))
      .where('source_authorization_id', 'is', null)
      // A terminated job never reads a file again.
      .where('status', '<>', 'killed')
      .orderBy('name')
      .execute()
  );
}

/** Undefined when the upload does not exist or its content was deleted. */
export async function revealUpload(
  db: Db,
  box: SecretBox,
  id: string,
): Promise<(UploadContentKey & { readonly isOfScan: boolean }) | undefined> {
  const row = await db
    .selectFrom('uploads')
    .select(['file_key', 'bytes', 'format', 'split_run'])
    .where('id', '=', id)
    .executeTakeFirst();
  if (!row?.file_key) return undefined;
  const key = Buffer.from(box.open(row.file_key, uploadCell(id)).reveal(), 'base64');
  return { key: new Secret(key), bytes: row.bytes, format: row.format, isOfScan: row.split_run !== null };
}

/**
 * Locks an upload until the transaction ends, so that nobody deletes it in the meantime.
 * @throws {LineupError} `not_found`
 */
export async function lockUpload(tx: Tx, id: string): Promise<Upload> {
  await lockFile(tx, id);
  // Read after the lock, to see the latest change.
  return getUpload(tx, id);
}

/** The same for a file of anybody. */
export async function lockFile(tx: Tx, id: string): Promise<void> {
  await tx.selectFrom('uploads').select('id').where('id', '=', id).forUpdate().executeTakeFirst();
}

/** Deletes the keys of the files that a scan made and no part has got. @returns their ids */
export async function eraseFilesOfScan(tx: Tx, runId: string, now: Date): Promise<string[]> {
  const rows = await tx
    .updateTable('uploads')
    .set({ file_key: null, key_id: null, deleted_at: now })
    .where('split_run', '=', runId)
    .where('used_since', 'is', null)
    .where('deleted_at', 'is', null)
    .returning('id')
    .execute();
  return rows.map(({ id }) => id);
}

/** A job uses it from now on. The upload must be locked in `tx`. */
export async function markUsed(tx: Tx, id: string, now: Date): Promise<void> {
  await tx
    .updateTable('uploads')
    .set({ used_since: now })
    .where('id', '=', id)
    .where('used_since', 'is', null)
    .execute();
}

export async function setUploadPolicy(tx: Tx, id: string, policy: UploadPolicy): Promise<void> {
  await tx.updateTable('uploads').set({ policy }).where('id', '=', id).execute();
}

/** Deletes the key, so that the content is unreadable for good. The file is removed later. */
export async function eraseUpload(tx: Tx, id: string, now: Date): Promise<void> {
  await tx
    .updateTable('uploads')
    .set({ file_key: null, key_id: null, deleted_at: now })
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .execute();
}

/** @throws {LineupError} `upload_in_use`; the message names the jobs */
export function assertUnused({ used_by }: Upload): void {
  if (used_by.length === 0) return;
  throw new LineupError(
    'upload_in_use',
    sentence`This file is used by ${listed(used_by.map(({ name }) => name))}. First give those jobs another file, or delete them.`,
  );
}

/** From when on an upload still counts as needed. */
export interface UploadDeadlines {
  /** An upload without a job from before this time is not needed. */
  readonly unusedSince: Date;
  /** A job that is paused, failed or waiting for a key since before this time does not need its upload. */
  readonly restingSince: Date;
}

/**
 * Uploads that are not needed any more, except those that a run is reading or that a suppression list names:
 *  - no job uses it, and a job used it before or it is too old;
 *  - its policy is deletion after the run, and each of its jobs has completed, has failed because of the file's
 *    content, or has rested for too long.
 */
export async function unneededUploads(db: Db, { unusedSince, restingSince }: UploadDeadlines): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select upload.id from lineup.uploads as upload
    cross join lateral (
      select count(*) as jobs, coalesce(bool_and(
        job.status = 'completed'
        or job.status = 'failed' and job.error->>'code' in
          ('source_unreadable', 'source_empty', 'source_not_text', 'source_encoding', 'source_format')
        or job.condition = 'waiting' and job.errors_since < ${restingSince}
        or job.status in ('paused', 'failed') and not exists (
          select 1 from lineup.job_transitions as line where line.job_id = job.id and line.at > ${restingSince})
      ), false) as done
      from lineup.jobs as job
      where split_part(job.configuration->>'segment_id', '#', 1) = 'upload:' || upload.id
        and job.source_authorization_id is null and job.status <> 'killed'
    ) as used
    where upload.deleted_at is null
      and (used.jobs = 0 and (upload.used_since is not null or upload.created_at < ${unusedSince})
        or used.done and upload.policy = 'delete_after_run')
      and not exists (
        select 1 from lineup.suppression_lists as list
        where list.source_authorization_id is null and split_part(list.segment_id, '#', 1) = 'upload:' || upload.id)
      and not exists (
        select 1 from lineup.runs as run
        join lineup.run_events as begin on begin.run_id = run.id and begin.seq = 1
        where ${isActiveRun('run')}
          and split_part(begin.event->'request'->'source'->>'location', '#', 1) = 'files:upload:' || upload.id)
    order by upload.id`.execute(db);
  return rows.map(({ id }) => id);
}

/** Deleted uploads whose file may still exist. */
export async function uploadsToRemove(db: Db): Promise<string[]> {
  const rows = await db
    .selectFrom('uploads')
    .select('id')
    .where('deleted_at', 'is not', null)
    .where('file_removed', '=', false)
    .execute();
  return rows.map(({ id }) => id);
}

export async function recordRemoved(db: Db, id: string): Promise<void> {
  await db.updateTable('uploads').set({ file_removed: true }).where('id', '=', id).execute();
}

/** The ids that have no upload with content in the database. */
export async function withoutUpload(db: Db, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .selectFrom('uploads')
    .select('id')
    .where('id', 'in', ids)
    .where('deleted_at', 'is', null)
    .execute();
  const there = new Set(rows.map(({ id }) => id));
  return ids.filter((id) => !there.has(id));
}

/** Deletes the rows of deleted uploads, with their names, when no job or suppression list refers to them. */
export async function purgeUploads(db: Db): Promise<void> {
  await sql`
    delete from lineup.uploads as upload where file_removed and not exists (
      select 1 from lineup.jobs where split_part(configuration->>'segment_id', '#', 1) = 'upload:' || upload.id)
      and not exists (
        select 1 from lineup.suppression_lists as list where split_part(list.segment_id, '#', 1) = 'upload:' || upload.id)`.execute(
    db,
  );
}
