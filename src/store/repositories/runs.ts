/** Runs of the service's jobs. Each has a row. Every append to the journal (run-journals.ts) updates its summary. */

import { type Selectable, sql } from 'kysely';
import type { NewRun, StoredRun, WantedAudience } from '../../contracts/job-store.ts';
import { type RunSummary, type RunSummarySibling, runSummary } from '../../contracts/runs.ts';
import type { StoredApproval } from '../../domain/jobs/approvals.ts';
import { summariseDelivery, summariseRun } from '../../domain/runs/run-document.ts';
import { activeStatuses, type RunState } from '../../domain/runs/run-state.ts';
import { readTolerantly } from '../../domain/values/tolerant.ts';
import type { Db, Tx } from '../database/database.ts';
import { json, jsonOrNull, type Schema } from '../database/schema.ts';
import { notFound } from './repository-errors.ts';

/** The further deliveries of a row of `runs`; null without them. For a query of `runs`. */
export const siblingsOf = sql<readonly RunSummarySibling[] | null>`case when runs.deliveries > 1 then (
  select json_agg(json_build_object('delivery', delivery, 'identifier_type', identifier_type, 'id_field', id_field,
      'audience_id', audience_id, 'audience_name', audience_name, 'scanned', scanned, 'missing', missing,
      'invalid', invalid, 'suppressed', suppressed, 'held_out', held_out, 'duplicates', duplicates,
      'unique', unique_count, 'turnover', turnover, 'uploaded', uploaded, 'chunks', chunks,
      'matching_status', matching_status,
      'matching_size', matching_size, 'matching_at', matching_at) order by delivery)
  from lineup.run_deliveries where run_id = runs.id and delivery > 1) end`.as('siblings');

/** Whether a worker has the run, or it waits for one. @param run the alias of its row in the query */
export const isActiveRun = (run: string) =>
  sql<boolean>`(${sql.ref(`${run}.status`)} in (${sql.join(activeStatuses.map((status) => sql.lit(status)))}))`;

/** Whether the journal of a failed run allows to continue. */
export const isResumableRun = (run: string) => {
  const error = sql.ref(`${run}.error`);
  return sql<boolean>`(${error} is null or ${error}->>'resumable' = 'true')`;
};

/** Whether the job of a run has a later one. */
export const hasLaterRun = (run: string) => sql<boolean>`exists (
  select from lineup.runs as later
  where later.job_id = ${sql.ref(`${run}.job_id`)} and later.queued_at > ${sql.ref(`${run}.queued_at`)})`;

/** A row of `runs`, with `siblingsOf`. */
export type RunRow = Selectable<Schema['runs']> & { readonly siblings: readonly RunSummarySibling[] | null };

export function summaryOf(row: RunRow): RunSummary {
  const { value, damaged } = readTolerantly(runSummary, columnsAsSummary(row));
  return damaged.length > 0 ? { ...value, damaged } : value;
}

const columnsAsSummary = (row: RunRow): RunSummary => ({
  id: row.id,
  job_id: row.job_id,
  job_name: row.job_name,
  trigger: row.cause ? 'data' : row.trigger,
  ...(row.cause && { cause: row.cause }),
  slot: row.slot?.toISOString() ?? null,
  status: shownStatus(row),
  ...stoppingOf(row),
  mode: row.mode,
  queued_at: row.queued_at.toISOString(),
  started_at: row.started_at?.toISOString() ?? null,
  ended_at: row.ended_at?.toISOString() ?? null,
  ad_account_id: row.ad_account_id,
  audience_id: row.audience_id,
  audience_name: row.audience_name ?? judgedName(row, 1),
  scanned: row.scanned,
  missing: row.missing,
  invalid: row.invalid,
  suppressed: row.suppressed,
  held_out: row.held_out,
  duplicates: row.duplicates,
  unique: row.unique_count,
  ...(row.turnover && { turnover: row.turnover }),
  uploaded: row.uploaded,
  chunks: row.chunks,
  warnings: row.warnings,
  error: row.error,
  matching_status: row.matching_status,
  matching_size: row.matching_size,
  matching_at: row.matching_at?.toISOString() ?? null,
  ...(row.siblings && {
    siblings: row.siblings.map(({ matching_at, turnover, ...sibling }) => ({
      ...sibling,
      ...(turnover && { turnover }),
      audience_name: sibling.audience_name ?? judgedName(row, sibling.delivery),
      // As JSON has it, with the time zone of the database.
      matching_at: matching_at === null ? null : new Date(matching_at).toISOString(),
    })),
  }),
});

/**
 * A run that was stopped has asked LINE for the names of its audiences, also of those that it knew only by their ids.
 */
const judgedName = ({ error }: RunRow, delivery: number): string | null =>
  error?.judged?.audiences.find((audience) => audience.delivery === delivery)?.audienceName ?? null;

/** Somebody has stopped or paused it, and its worker has not ended it yet. */
export const stoppingOf = ({ status, stop_requested }: Pick<RunRow, 'status' | 'stop_requested'>) =>
  status === 'running' && stop_requested !== null && ({ stopping: true } as const);

/** A run that a person has ended is shown as such from its end on, and not only when that is concluded. */
export const shownStatus = ({ status, stop_requested }: Pick<RunRow, 'status' | 'stop_requested'>): RunRow['status'] =>
  stop_requested === 'end' && (status === 'interrupted' || status === 'failed') ? 'stopped' : status;

export const storedRun = (row: RunRow): StoredRun => ({
  id: row.id,
  jobId: row.job_id,
  status: row.status,
  trigger: row.trigger,
  approval: row.approval,
  stopRequested: row.stop_requested,
  forbidden: row.forbidden,
  atLine: row.at_line,
  summary: summaryOf(row),
  progress: row.progress,
});

/** Queues runs. The database refuses a second active run of a job (unique violation). */
export async function queueRuns(tx: Tx, runs: readonly (readonly [run: NewRun, now: Date])[]): Promise<void> {
  if (runs.length === 0) return;
  const rows = runs.map(([run, now]) => ({
    id: run.id,
    job_id: run.jobId,
    job_name: run.jobName,
    trigger: run.trigger,
    cause: jsonOrNull(run.cause),
    slot: run.slot,
    approval: jsonOrNull(run.approval),
    status: 'queued' as const,
    queued_at: now,
    // So that a filter by ad account also finds runs that have not started.
    ad_account_id: sql<string>`(select configuration->>'adaccount_id' from lineup.jobs where id = ${run.jobId})`,
  }));
  await tx.insertInto('runs').values(rows).execute();
}

/** Queues an unfinished run again. @param approval what a person has approved of it now */
export async function requeueRun(tx: Tx, id: string, approval?: StoredApproval): Promise<void> {
  await tx
    .updateTable('runs')
    .set({
      status: 'queued',
      stop_requested: null,
      ended_at: null,
      ...(approval && { approval: json(approval) }),
    })
    .where('id', '=', id)
    .execute();
}

/** @throws {LineupError} `not_found` */
export async function getRun(db: Db, id: string): Promise<StoredRun> {
  const row = await db.selectFrom('runs').selectAll().select(siblingsOf).where('id', '=', id).executeTakeFirst();
  if (!row) throw notFound('run', id);
  return storedRun(row);
}

/** The newest run of a job. */
export async function lastRun(db: Db, jobId: string): Promise<StoredRun | undefined> {
  const row = await db
    .selectFrom('runs')
    .selectAll()
    .select(siblingsOf)
    .where('job_id', '=', jobId)
    .orderBy('queued_at', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row && storedRun(row);
}

/**
 * The newest run of the job that asked LINE to create the audience, with any identifier, and does not know whether LINE
 * did.
 */
export async function unansweredCreation(
  db: Db,
  { jobId, adAccountId, audienceName }: WantedAudience,
): Promise<string | undefined> {
  const row = await unansweredCreations(db, adAccountId, audienceName)
    .where('job_id', '=', jobId)
    .orderBy('queued_at', 'desc')
    .orderBy('run_id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.run_id;
}

/** The runs of all jobs that asked for an audience with this name, and do not know whether it was made. */
export const unansweredCreations = (db: Db, adAccountId: string, audienceName: string | null) =>
  db
    .selectFrom('deliveries')
    .select('run_id')
    .where('at_line', '=', 'part')
    .where('audience_id', 'is', null)
    .where('ad_account_id', '=', adAccountId)
    .where('audience_name', '=', audienceName);

/**
 * Asks the worker of a run to stop it. A queued run has no worker and stops at once.
 * @returns whether it has stopped
 */
export async function requestStop(tx: Tx, id: string, kind: 'pause' | 'end', now: Date): Promise<boolean> {
  const queued = await tx
    .updateTable('runs')
    .set({ status: kind === 'pause' ? 'interrupted' : 'stopped', ended_at: now })
    .where('id', '=', id)
    .where('status', '=', 'queued')
    .executeTakeFirstOrThrow();
  if (queued.numUpdatedRows > 0n) return true;
  await tx
    .updateTable('runs')
    .set({ stop_requested: kind })
    .where('id', '=', id)
    .where('status', '=', 'running')
    .execute();
  return false;
}

/** The runs among `ids` that a person wants to stop. */
export async function stopRequestsAmong(db: Db, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const rows = await db
    .selectFrom('runs')
    .select('id')
    .where('id', 'in', ids)
    .where('stop_requested', 'is not', null)
    .execute();
  return new Set(rows.map(({ id }) => id));
}

/** Marks a run that a person ended. It does not continue automatically. */
export async function markStopped(tx: Tx, id: string): Promise<void> {
  await tx
    .updateTable('runs')
    .set({ status: 'stopped' })
    .where('id', '=', id)
    .where('status', 'in', ['interrupted', 'failed'])
    .execute();
}

/** The present progress of runs. It is not part of the journal, so it needs no lease and may be lost. */
export async function recordProgress(
  db: Db,
  going: readonly { readonly id: string; readonly progress: Record<string, unknown> }[],
  now: Date,
): Promise<void> {
  if (going.length === 0) return;
  await sql`
    update lineup.runs as run set progress = going.progress, progress_at = ${now}
    from jsonb_to_recordset(${json(going)}::jsonb) as going (id text, progress jsonb)
    where run.id = going.id and run.status = 'running'`.execute(db);
}

/** The columns of a run's row that follow from its journal. */
export function columnsOf(state: RunState) {
  const { unique, turnover, error, ...columns } = summariseRun(state);
  return {
    ...columns,
    turnover: jsonOrNull(turnover ?? null),
    unique_count: unique,
    error: error && json(error),
    deliveries: state.siblings.length + 1,
    // Only an active run has progress.
    ...(state.endedAt !== null && { progress: null, progress_at: null }),
  };
}

/** The columns of `run_deliveries` that follow from the journal, for one delivery. */
export function deliveryColumnsOf(delivery: RunState) {
  const { unique, turnover, ...columns } = summariseDelivery(delivery);
  return { ...columns, turnover: jsonOrNull(turnover ?? null), unique_count: unique };
}
