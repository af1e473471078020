/** Suppression lists: their definitions and the sizes of their last reads. No member of one is ever stored. */
import { type Selectable, sql } from 'kysely';
import type { IdentifierType } from '../../domain/audiences/requests.ts';
import {
  type ListFields,
  type ListRead,
  type NewSuppressionList,
  type SuppressionList,
  suppressionList,
} from '../../domain/audiences/suppression-lists.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import type { FileOptions } from '../../domain/files/file-options.ts';
import type { Actor } from '../../domain/people/people.ts';
import { changedMeanwhile, wrongValue } from '../../domain/text/localized.ts';
import { sentence } from '../../domain/text/sentence.ts';
import { readTolerantly, withUnknownKeys } from '../../domain/values/tolerant.ts';
import type { Db, Tx } from '../database/database.ts';
import { json, jsonOrNull, type Schema } from '../database/schema.ts';
import { newId } from '../secrets/unguessable.ts';
import { endRefusals, forgetRefusals, refusalsOf } from './list-refusals.ts';
import { notFound, unknownAuthorization, violates } from './repository-errors.ts';

/** A list without the jobs that use it. */
export type ListDefinition = Omit<SuppressionList, 'job_count' | 'source_label'> & {
  /** Grows when the list may read other people than before. */
  readonly source_version: number;
};

/** An arbitrary number that separates this advisory lock from others. */
const LISTS_LOCK = 4_190_283_772;

/**
 * Locks all lists until the transaction ends, so that the checks of a list see those of a job or of an authorization,
 * and the other way round. Several of these may be saved at once, but no list meanwhile.
 */
export async function lockLists(
  tx: Tx,
  work: 'change a list' | 'save a job' | 'change what lists read',
): Promise<void> {
  await (work === 'change a list'
    ? sql`select pg_advisory_xact_lock(${LISTS_LOCK}::bigint)`
    : sql`select pg_advisory_xact_lock_shared(${LISTS_LOCK}::bigint)`
  ).execute(tx);
}

const columnsOf = (input: NewSuppressionList) => ({
  name: input.name,
  description: input.description,
  source_authorization_id: input.source_authorization_id,
  segment_id: input.segment_id,
  file_options: jsonOrNull(input.file_options),
  fields: json(input.fields),
  applies_to: input.applies_to,
  max_shrink: input.max_shrink,
});

/** With what another version has stored of the list. File options belong to their file. */
async function withUnknownOf(tx: Tx, id: string, input: NewSuppressionList): Promise<NewSuppressionList> {
  const stored = await tx
    .selectFrom('suppression_lists')
    .select(['source_authorization_id', 'segment_id', 'file_options', 'fields'])
    .where('id', '=', id)
    .executeTakeFirst();
  if (!stored) return input;
  const { fields, file_options } = suppressionList.shape;
  const isSameFile =
    stored.segment_id === input.segment_id && stored.source_authorization_id === input.source_authorization_id;
  return {
    ...input,
    fields: withUnknownKeys(fields, stored.fields, input.fields),
    ...(isSameFile && {
      file_options: withUnknownKeys(file_options, stored.file_options, input.file_options),
    }),
  };
}

/** @throws {LineupError} `invalid_argument` when the name is taken; `not_found` when the authorization is gone */
export async function createSuppressionList(
  tx: Tx,
  input: NewSuppressionList,
  actor: Actor,
  now: Date,
): Promise<string> {
  const id = newId('sup');
  await tx
    .insertInto('suppression_lists')
    .values({
      id,
      ...columnsOf(input),
      created_by: actor.name,
      created_at: now,
      updated_by: actor.name,
      updated_at: now,
    })
    .execute()
    .catch(explainRefusal);
  return id;
}

/**
 * Changes a list. It keeps the sizes of the identifier types that it still has, also with another source: a wrong
 * source then stops the next run, as a list that lost members does.
 * @param revision that the editor saw
 * @throws {LineupError} `not_found`, `changed_meanwhile`, and as `createSuppressionList`
 */
export async function changeSuppressionList(
  tx: Tx,
  id: string,
  revision: number,
  input: NewSuppressionList,
  actor: Actor,
  now: Date,
): Promise<void> {
  const { numUpdatedRows } = await tx
    .updateTable('suppression_lists')
    .set({
      ...columnsOf(await withUnknownOf(tx, id, input)),
      revision: revision + 1,
      updated_by: actor.name,
      updated_at: now,
    })
    .where('id', '=', id)
    .where('revision', '=', revision)
    .executeTakeFirstOrThrow()
    .catch(explainRefusal);
  if (numUpdatedRows === 0n) {
    await getSuppressionList(tx, id);
    throw changedMeanwhile();
  }
  await forgetRefusals(tx, [id]);
  await tx
    .deleteFrom('suppression_reads')
    .where('list_id', '=', id)
    .where('identifier_type', 'not in', Object.keys(input.fields) as IdentifierType[])
    .execute();
}

function explainRefusal(error: unknown): never {
  if (violates(error, 'unique'))
    throw wrongValue('name', sentence`There is another suppression list with this name. Choose another name.`);
  unknownAuthorization(error);
}

/** All lists, by name. There are at most 100. */
export async function listSuppressionLists(db: Db): Promise<ListDefinition[]> {
  const rows = await db.selectFrom('suppression_lists').selectAll().orderBy('name').orderBy('id').execute();
  const ids = rows.map(({ id }) => id);
  const reads = await readsOf(db, ids);
  const refusals = await refusalsOf(db, ids);
  return rows.map((row) => describe(row, reads, refusals.get(row.id)));
}

/** @throws {LineupError} `not_found` */
export async function getSuppressionList(db: Db, id: string): Promise<ListDefinition> {
  const row = await db.selectFrom('suppression_lists').selectAll().where('id', '=', id).executeTakeFirst();
  if (!row) throw notFound('suppression list', id);
  return describe(row, await readsOf(db, [id]), (await refusalsOf(db, [id])).get(id));
}

type Row = Selectable<Schema['suppression_lists']>;
type Reads = readonly Selectable<Schema['suppression_reads']>[];

async function readsOf(db: Db, ids: readonly string[]): Promise<Reads> {
  if (ids.length === 0) return [];
  return db
    .selectFrom('suppression_reads')
    .selectAll()
    .where('list_id', 'in', ids)
    .orderBy('identifier_type')
    .execute();
}

/** What another version may have stored in another form. */
const parts = suppressionList.pick({ file_options: true, fields: true, applies_to: true });

function describe(
  { created_at, updated_at, ...row }: Row,
  reads: Reads,
  refusals: ListDefinition['refusals'] = [],
): ListDefinition {
  const { file_options: options, ...others } = row;
  const read = readTolerantly(parts, { ...others, ...(options && { file_options: options }) });
  const unknown = read.unknown.filter((path) => path.includes('.'));
  const damaged = [...read.damaged, ...unknown];
  return {
    ...others,
    ...read.value,
    ...(damaged.length > 0 && { damaged }),
    reads: readsOfList(row.id, reads),
    refusals,
    created_at: created_at.toISOString(),
    updated_at: updated_at.toISOString(),
  };
}

const readsOfList = (id: string, reads: Reads): ListRead[] =>
  reads
    .filter(({ list_id }) => list_id === id)
    .map(
      ({ identifier_type, size, read_at, run_id }): ListRead => ({
        identifier_type,
        size,
        read_at: read_at.toISOString(),
        run_id,
      }),
    );

/** @throws {LineupError} `not_found` */
export async function deleteSuppressionList(tx: Tx, id: string): Promise<void> {
  const { numDeletedRows } = await tx.deleteFrom('suppression_lists').where('id', '=', id).executeTakeFirstOrThrow();
  if (numDeletedRows === 0n) throw notFound('suppression list', id);
}

/** A list may read other people from now on. The next run of each job compares whom it keeps out. */
export async function sourceChanged(tx: Tx, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await tx
    .updateTable('suppression_lists')
    .set({ source_version: sql`source_version + 1` })
    .where('id', 'in', ids)
    .execute();
  await forgetRefusals(tx, ids);
}

/** What lists kept out of the last run of a job, if they had another source then. */
export async function keptOutOfOtherSources(
  db: Db,
  jobId: string,
): Promise<{ listId: string; identifierType: IdentifierType; members: number }[]> {
  const rows = await db
    .selectFrom('suppression_results')
    .innerJoin('suppression_lists', 'suppression_lists.id', 'suppression_results.list_id')
    .select(['list_id', 'identifier_type', 'kept_out'])
    .where('job_id', '=', jobId)
    .whereRef('suppression_results.source_version', '<>', 'suppression_lists.source_version')
    .execute();
  return rows.map(({ list_id, identifier_type, kept_out }) => ({
    listId: list_id,
    identifierType: identifier_type,
    members: kept_out,
  }));
}

/** The lists that use an authorization, by name. */
export const listsUsing = (db: Db, authorizationId: string): Promise<{ id: string; name: string }[]> =>
  db
    .selectFrom('suppression_lists')
    .select(['id', 'name'])
    .where('source_authorization_id', '=', authorizationId)
    .orderBy('name')
    .execute();

/** The lists that read an uploaded file, by name. */
export const listsReadingUpload = (db: Db, uploadId: string): Promise<{ name: string }[]> =>
  db
    .selectFrom('suppression_lists')
    .select('name')
    .where('source_authorization_id', 'is', null)
    // After `#` comes the sheet of a workbook.
    .where(sql<string>`split_part(segment_id, '#', 1)`, '=', `upload:${uploadId}`)
    .orderBy('name')
    .execute();

/** A list as a run reads it. */
export interface StoredSuppressionList {
  readonly id: string;
  readonly name: string;
  readonly sourceVersion: number;
  readonly source: {
    /** Null for files. */
    readonly authorizationId: string | null;
    readonly audienceId: string;
    readonly options: FileOptions | undefined;
  };
  /** By identifier type. A list without the type of a delivery keeps nobody out of its audience. */
  readonly fields: ListFields;
  readonly maxShrink: number;
  /** Its members by identifier type at the last read, as far as they are known. */
  readonly sizes: ReadonlyMap<IdentifierType, number>;
  readonly refusals: ListDefinition['refusals'];
}

/**
 * The lists that apply to a job, always in the same order: those for all jobs, and those that it chooses.
 * @param chosen the lists that its configuration names
 * @throws {LineupError} `suppression_list_missing` when one that it chooses no longer exists
 */
export async function listsForJob(db: Db, chosen: readonly string[]): Promise<StoredSuppressionList[]> {
  const all = await listSuppressionLists(db);
  if (chosen.some((id) => all.every((list) => list.id !== id))) {
    throw new LineupError(
      'suppression_list_missing',
      sentence`This job chooses a suppression list that no longer exists, so nothing was sent. Choose the lists of the job again.`,
    );
  }
  const applying = all.filter(({ id, applies_to }) => applies_to === 'all_jobs' || chosen.includes(id));
  const unreadable = applying.find(({ damaged }) => damaged);
  if (unreadable) throw cannotRead(unreadable);
  return applying.map((list) => ({
    id: list.id,
    name: list.name,
    sourceVersion: list.source_version,
    source: {
      authorizationId: list.source_authorization_id,
      audienceId: list.segment_id,
      options: list.file_options,
    },
    fields: list.fields,
    maxShrink: list.max_shrink,
    sizes: new Map(list.reads.map(({ identifier_type, size }) => [identifier_type, size])),
    refusals: list.refusals,
  }));
}

/** Nobody knows whom it keeps out. */
const cannotRead = ({ name, damaged = [] }: ListDefinition): LineupError =>
  new LineupError(
    'data_newer',
    sentence`This version of Lineup cannot read a part of the suppression list “${name}”: ${damaged.join(', ')}. A newer version has stored it, or it is damaged. Nothing was sent. Use the newer version, or edit the list.`,
    { retryable: true },
  );

/** What a run has read, and how many members each list kept out of its audiences. */
export interface ReadsOfRun {
  readonly jobId: string;
  readonly runId: string;
  readonly at: Date;
  /** A list comes once for each identifier that the run has. */
  readonly lists: readonly ReadOfList[];
}

interface ReadOfList {
  readonly id: string;
  readonly sourceVersion: number;
  readonly identifierType: IdentifierType;
  readonly size: number;
  readonly keptOut: number;
}

/**
 * Stores the sizes and results of a run. What was deleted meanwhile is left out, and an older read replaces no newer
 * one.
 */
export async function recordReads(tx: Tx, { jobId, runId, at, lists }: ReadsOfRun): Promise<void> {
  const job = await tx.selectFrom('jobs').select('id').where('id', '=', jobId).forKeyShare().executeTakeFirst();
  const existing = await tx
    .selectFrom('suppression_lists')
    .select(['id', 'fields'])
    .orderBy('id')
    .forKeyShare()
    .execute();
  const found = existing.flatMap(({ id, fields }) =>
    byType(lists.filter((list) => list.id === id)).map((read) => ({
      ...read,
      hasField: fields[read.identifierType] !== undefined,
    })),
  );
  for (const { id, identifierType, size, hasField } of found) {
    // The field was removed while the run read it.
    if (!hasField) continue;
    const read = { size, read_at: at, run_id: runId };
    await tx
      .insertInto('suppression_reads')
      .values({ list_id: id, identifier_type: identifierType, ...read })
      .onConflict((conflict) =>
        conflict.columns(['list_id', 'identifier_type']).doUpdateSet(read).where('suppression_reads.read_at', '<=', at),
      )
      .execute();
  }
  await endRefusals(tx, jobId, found);
  if (!job) return;
  // A list that no longer applies to the job has no part in its last run.
  await tx.deleteFrom('suppression_results').where('job_id', '=', jobId).execute();
  if (found.length === 0) return;
  await tx
    .insertInto('suppression_results')
    .values(
      found.map(({ id, sourceVersion, identifierType, keptOut }) => ({
        list_id: id,
        source_version: sourceVersion,
        job_id: jobId,
        run_id: runId,
        identifier_type: identifierType,
        kept_out: keptOut,
        at,
      })),
    )
    .execute();
}

/** One read of a list for each identifier type. Several identifiers of one type read the same values. */
const byType = (reads: readonly ReadOfList[]): ReadOfList[] =>
  [...Map.groupBy(reads, ({ identifierType }) => identifierType).values()].map((same) => ({
    ...same[0]!,
    keptOut: same.reduce((sum, { keptOut }) => sum + keptOut, 0),
  }));
