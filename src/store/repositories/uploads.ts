/** Uploaded files: what is known of them. The key of an upload's content is sealed, and only `revealUpload` opens it. */
import { sql } from 'kysely';
import { LineupError } from '../../contracts/errors.ts';
import { segmentOfUpload } from '../../contracts/file-names.ts';
import type { Actor } from '../../contracts/people.ts';
import { Secret } from '../../contracts/secret.ts';
import { sentence } from '../../contracts/sentence.ts';
import type { Upload, UploadPolicy } from '../../contracts/uploads.ts';
import type { Db, Tx } from '../database/database.ts';
import type { SecretBox } from '../secrets/secret-box.ts';
import { uploadPlace } from '../secrets/stored-secrets.ts';
import { notFound } from './repository-errors.ts';

/** What opens an upload's content. */
export interface UploadContentKey {
  readonly key: Secret<Buffer>;
  readonly bytes: number;
  readonly format: string;
}

export interface UploadToStore extends UploadContentKey {
  readonly id: string;
  readonly name: string;
  readonly policy: UploadPolicy;
}

export async function createUpload(
  tx: Tx,
  box: SecretBox,
  { key, ...plain }: UploadToStore,
  actor: Actor,
  now: Date,
): Promise<void> {
  await tx
    .insertInto('uploads')
    .values({
      ...plain,
      file_key: box.seal(new Secret(key.reveal().toString('base64')), uploadPlace(plain.id)),
      key_id: box.keyId,
      created_by: actor.name,
      created_at: now,
    })
    .execute();
}

/** Those whose content is there, newest first. */
export const listUploads = (db: Db): Promise<Upload[]> => read(db, undefined);

/** Also one whose content was deleted. @throws {LineupError} `not_found` */
export async function getUpload(db: Db, id: string): Promise<Upload> {
  const [found] = await read(db, id);
  if (!found) throw notFound('upload', id);
  return found;
}

async function read(db: Db, id: string | undefined): Promise<Upload[]> {
  const rows = await db
    .selectFrom('uploads')
    .select(['id', 'name', 'bytes', 'format', 'policy', 'created_by', 'created_at', 'deleted_at'])
    .$if(id === undefined, (query) => query.where('deleted_at', 'is', null))
    .$if(id !== undefined, (query) => query.where('id', '=', id!))
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
    used_by: jobs
      .filter((job) => job.segmentId === segmentOfUpload(row.id))
      .map(({ id, name }) => ({ id, name })),
  }));
}

async function jobsUsing(
  db: Db,
  ids: readonly string[],
): Promise<{ id: string; name: string; segmentId: string }[]> {
  if (ids.length === 0) return [];
  // Behind `#` stands which sheet of a workbook is meant.
  const segment = sql<string>`split_part(configuration->>'segment_id', '#', 1)`;
  return (
    db
      .selectFrom('jobs')
      .select(['id', 'name', segment.as('segmentId')])
      .where(segment, 'in', ids.map(segmentOfUpload))
      .where('source_authorization_id', 'is', null)
      // A terminated job never reads it again.
      .where('status', '<>', 'killed')
      .orderBy('name')
      .execute()
  );
}

/** Undefined when there is no such upload, or its content was deleted. */
export async function revealUpload(
  db: Db,
  box: SecretBox,
  id: string,
): Promise<UploadContentKey | undefined> {
  const row = await db
    .selectFrom('uploads')
    .select(['file_key', 'bytes', 'format'])
    .where('id', '=', id)
    .executeTakeFirst();
  if (!row?.file_key) return undefined;
  const key = Buffer.from(box.open(row.file_key, uploadPlace(id)).reveal(), 'base64');
  return { key: new Secret(key), bytes: row.bytes, format: row.format };
}

/** Held until the transaction ends: nobody deletes it meanwhile. @throws {LineupError} `not_found` */
export async function lockUpload(tx: Tx, id: string): Promise<Upload> {
  await tx.selectFrom('uploads').select('id').where('id', '=', id).forUpdate().executeTakeFirst();
  // After the lock: what somebody has just done to it is seen.
  return getUpload(tx, id);
}

/** A job has it from now on. Of an upload that is locked in `tx`. */
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

/** Makes its content unreadable for good; the file is removed afterwards. */
export async function eraseUpload(tx: Tx, id: string, now: Date): Promise<void> {
  await tx
    .updateTable('uploads')
    .set({ file_key: null, key_id: null, deleted_at: now })
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .execute();
}

/** @throws {LineupError} `upload_in_use`, naming the jobs */
export function assertUnused({ used_by }: Upload): void {
  if (used_by.length === 0) return;
  throw new LineupError(
    'upload_in_use',
    sentence`This file is used by ${used_by.map(({ name }) => name).join(', ')}. Give those jobs another file, or delete them, first.`,
  );
}

/** How long things are waited for that may not come. */
export interface Patience {
  /** Uploads without a job from before this are orphans. */
  readonly unusedSince: Date;
  /** Jobs that have been paused, failed or waited for a key since before this are not taken up again. */
  readonly restingSince: Date;
}

/**
 * Uploads that nobody needs any more. None that a run is reading: also one whose job has another file by now.
 *  - no job has it, though one had, or it came too long ago;
 *  - it was to be deleted after its run, and each of its jobs has completed, has failed for what is in the file, or rests for
 *    too long.
 */
export async function spentUploads(db: Db, { unusedSince, restingSince }: Patience): Promise<string[]> {
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
        select 1 from lineup.runs as run
        join lineup.run_events as begin on begin.run_id = run.id and begin.seq = 1
        where run.status in ('queued', 'running')
          and split_part(begin.event->'request'->'source'->>'location', '#', 1) = 'files:upload:' || upload.id)
    order by upload.id`.execute(db);
  return rows.map(({ id }) => id);
}

/** Deleted ones whose file may still be there. */
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

/** Of these ids, those whose content is not there by what the database knows. */
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

/** Forgets deleted ones, with their names, of which no job speaks any more. */
export async function forgetUploads(db: Db): Promise<void> {
  await sql`
    delete from lineup.uploads as upload where file_removed and not exists (
      select 1 from lineup.jobs where split_part(configuration->>'segment_id', '#', 1) = 'upload:' || upload.id)`.execute(
    db,
  );
}
