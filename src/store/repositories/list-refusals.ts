/** What runs found of suppression lists that have shrunk, and what of that a person has accepted. */
import type { IdentifierType } from '../../domain/audiences/requests.ts';
import type { ListRefusal } from '../../domain/audiences/suppression-lists.ts';
import type { ShrunkList } from '../../domain/runs/run.ts';
import type { Db, Tx } from '../database/database.ts';

/** By list, with the names of their jobs. */
export async function refusalsOf(
  db: Db,
  listIds: readonly string[],
): Promise<ReadonlyMap<string, readonly ListRefusal[]>> {
  if (listIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('suppression_refusals')
    .leftJoin('jobs', 'jobs.id', 'suppression_refusals.job_id')
    .select([
      'list_id',
      'identifier_type',
      'job_id',
      'jobs.name as job_name',
      'before',
      'after',
      'at',
      'run_id',
      'accepted',
    ])
    .where('list_id', 'in', listIds)
    .orderBy('identifier_type')
    .orderBy('jobs.name')
    .orderBy('job_id')
    .execute();
  const shown = rows.map(({ at, ...row }) => ({ ...row, at: at.toISOString() }));
  return new Map(
    [...Map.groupBy(shown, ({ list_id }) => list_id)].map(([id, refusals]) => [
      id,
      refusals.map(({ list_id: _, ...refusal }) => refusal),
    ]),
  );
}

interface RefusalOfRun {
  readonly jobId: string;
  readonly runId: string;
  readonly at: Date;
  readonly shrunk: ShrunkList;
}

/** Stores what a run has found. Nothing when the list was deleted meanwhile, or may read other people now. */
export async function recordRefusal(tx: Tx, { jobId, runId, at, shrunk }: RefusalOfRun): Promise<void> {
  const { id, identifierType, before, after } = shrunk;
  const list = await tx
    .selectFrom('suppression_lists')
    .select('id')
    .where('id', '=', id)
    .where('source_version', '=', shrunk.source ?? 1)
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (!list) return;
  const job_id = shrunk.keptOut ? jobId : null;
  await tx
    .deleteFrom('suppression_refusals')
    .where('list_id', '=', id)
    .where('identifier_type', '=', identifierType)
    .where('job_id', job_id === null ? 'is' : '=', job_id)
    .execute();
  await tx
    .insertInto('suppression_refusals')
    .values({ list_id: id, identifier_type: identifierType, job_id, before, after, at, run_id: runId })
    .execute();
}

/** A person accepts what runs have found. */
export async function acceptRefusals(tx: Tx, listId: string): Promise<void> {
  await tx.updateTable('suppression_refusals').set({ accepted: true }).where('list_id', '=', listId).execute();
}

/** After a change of the lists, nobody knows what they have now. */
export async function forgetRefusals(tx: Tx, listIds: readonly string[]): Promise<void> {
  if (listIds.length === 0) return;
  await tx.deleteFrom('suppression_refusals').where('list_id', 'in', listIds).execute();
}

/** A run of a job has read the lists: what was found before is over. */
export async function endRefusals(
  tx: Tx,
  jobId: string,
  read: readonly { readonly id: string; readonly identifierType: IdentifierType }[],
): Promise<void> {
  for (const { id, identifierType } of read) {
    await tx
      .deleteFrom('suppression_refusals')
      .where('list_id', '=', id)
      .where('identifier_type', '=', identifierType)
      .where((where) => where.or([where('job_id', 'is', null), where('job_id', '=', jobId)]))
      .execute();
  }
}
