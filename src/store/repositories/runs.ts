/** Runs of the service's jobs: one row each, its summary folded from the journal at every append (run-journal.ts). */
import { type Expression, type ExpressionBuilder, type Selectable, type SqlBool, sql } from 'kysely';
import type { RunHistory } from '../../contracts/ports.ts';
import type { AtLine, RunState } from '../../contracts/run-state.ts';
import type { RunFilter, RunSummary, RunTrigger, ServiceRunStatus } from '../../contracts/runs.ts';
import type { Db, Tx } from '../database/database.ts';
import { json, type Schema } from '../database/schema.ts';
import { type Page, type PageRequest, pageOf, positionOf } from './paging.ts';
import { notFound } from './repository-errors.ts';

export interface NewRun {
  readonly id: string;
  /** Null only for a run without a job. */
  readonly jobId: string | null;
  readonly jobName: string;
  readonly trigger: RunTrigger;
  readonly slot: Date | null;
  readonly waivesGuard: boolean;
}

/** A run as the queue and the workers see it. */
export interface StoredRun {
  readonly id: string;
  readonly jobId: string | null;
  readonly status: ServiceRunStatus;
  readonly trigger: RunTrigger;
  readonly waivesGuard: boolean;
  /** A person's wish that the worker which has the run must follow. */
  readonly stopRequested: 'pause' | 'end' | null;
  /** It is never continued: its job asks for something else now. */
  readonly forbidden: boolean;
  readonly atLine: AtLine;
  readonly summary: RunSummary;
  readonly progress: Record<string, unknown> | null;
}

/** Some of the runs that a filter finds. */
export interface RunsPage extends Page<StoredRun> {
  readonly total: number;
  readonly before: number;
}

/** A row as lists show it. */
export const summaryOf = (row: Selectable<Schema['runs']>): RunSummary => ({
  id: row.id,
  job_id: row.job_id,
  job_name: row.job_name,
  trigger: row.trigger,
  slot: row.slot?.toISOString() ?? null,
  status: row.status,
  mode: row.mode,
  queued_at: row.queued_at.toISOString(),
  started_at: row.started_at?.toISOString() ?? null,
  ended_at: row.ended_at?.toISOString() ?? null,
  ad_account_id: row.ad_account_id,
  audience_id: row.audience_id,
  audience_name: row.audience_name,
  scanned: row.scanned,
  missing: row.missing,
  invalid: row.invalid,
  duplicates: row.duplicates,
  unique: row.unique_count,
  uploaded: row.uploaded,
  chunks: row.chunks,
  warnings: row.warnings,
  error: row.error,
  matching_status: row.matching_status,
  matching_size: row.matching_size,
  matching_at: row.matching_at?.toISOString() ?? null,
});

const stored = (row: Selectable<Schema['runs']>): StoredRun => ({
  id: row.id,
  jobId: row.job_id,
  status: row.status,
  trigger: row.trigger,
  waivesGuard: row.waives_guard,
  stopRequested: row.stop_requested,
  forbidden: row.forbidden,
  atLine: row.at_line,
  summary: summaryOf(row),
  progress: row.progress,
});

/** Puts a run into the queue's table. The database refuses a second active run of a job (unique violation). */
export async function queueRun(tx: Tx, run: NewRun, now: Date): Promise<void> {
  await tx
    .insertInto('runs')
    .values({
      id: run.id,
      job_id: run.jobId,
      job_name: run.jobName,
      trigger: run.trigger,
      slot: run.slot,
      waives_guard: run.waivesGuard,
      status: 'queued',
      queued_at: now,
      // So that an ad account's runs can be found before they have begun.
      ad_account_id: sql`(select configuration->>'adaccount_id' from lineup.jobs where id = ${run.jobId})`,
    })
    .execute();
}

/** An unfinished run waits for a worker again. */
export async function requeueRun(tx: Tx, id: string): Promise<void> {
  await tx
    .updateTable('runs')
    .set({ status: 'queued', stop_requested: null, ended_at: null })
    .where('id', '=', id)
    .execute();
}

/** @throws {LineupError} `not_found` */
export async function getRun(db: Db, id: string): Promise<StoredRun> {
  const row = await db.selectFrom('runs').selectAll().where('id', '=', id).executeTakeFirst();
  if (!row) throw notFound('run', id);
  return stored(row);
}

/** The newest run of a job. */
export async function lastRun(db: Db, jobId: string): Promise<StoredRun | undefined> {
  const row = await db
    .selectFrom('runs')
    .selectAll()
    .where('job_id', '=', jobId)
    .orderBy('queued_at', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row && stored(row);
}

/** Newest first, with how many there are in all and how many come before the page. */
export async function listRuns(db: Db, page: PageRequest & RunFilter): Promise<RunsPage> {
  const after = positionOf(page.cursor);
  const matching = db.selectFrom('runs').where((where) => conditionOf(where, page));
  const rows = await matching
    .selectAll()
    .$if(after !== undefined, (query) =>
      query.where((where) =>
        where(where.refTuple('queued_at', 'id'), '<', where.tuple(after!.at, after!.id)),
      ),
    )
    .orderBy('queued_at', 'desc')
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
    .execute();
  const { total, before } = await matching
    .select((of) => [
      of.fn.countAll().as('total'),
      after
        ? of.fn
            .countAll()
            .filterWhere((where) =>
              where(where.refTuple('queued_at', 'id'), '>=', where.tuple(after.at, after.id)),
            )
            .as('before')
        : sql<number>`0`.as('before'),
    ])
    .executeTakeFirstOrThrow();
  return {
    ...pageOf(rows, page.limit, (row) => ({ at: row.queued_at, id: row.id }), stored),
    total: Number(total),
    before: Number(before),
  };
}

/** What is true of every run that a filter finds. */
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

/**
 * Asks whoever has the run to stop. One that nobody has yet (queued) stops here and now.
 * @returns whether it has stopped already
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

/** Those of the runs that a person wants to stop. */
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

/** The run does not go on by itself: a person ended it. */
export async function markStopped(tx: Tx, id: string): Promise<void> {
  await tx
    .updateTable('runs')
    .set({ status: 'stopped' })
    .where('id', '=', id)
    .where('status', 'in', ['interrupted', 'failed'])
    .execute();
}

/** What goes on right now in each of the runs; no part of the journal, so it needs no lease and may be lost. */
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

/** What earlier runs tell about an audience: the guard's side of the export's ports. */
export function runHistory(db: Db): RunHistory {
  return {
    lastReplace: async (adAccountId, audienceId) => {
      const row = await db
        .selectFrom('runs')
        .select(['id', 'unique_count', 'ended_at'])
        .where('ad_account_id', '=', adAccountId)
        .where('audience_id', '=', audienceId)
        .where('status', '=', 'succeeded')
        .where('mode', '=', 'replace')
        .orderBy('ended_at', 'desc')
        .limit(1)
        .executeTakeFirst();
      if (!row?.ended_at) return undefined;
      return { runId: row.id, unique: row.unique_count ?? 0, at: row.ended_at.toISOString() };
    },
    made: async (adAccountId, audienceId) => {
      const row = await db
        .selectFrom('runs')
        .innerJoin('run_events as begin', (join) =>
          join.onRef('begin.run_id', '=', 'runs.id').on('begin.seq', '=', 1),
        )
        .select('runs.id')
        .where('ad_account_id', '=', adAccountId)
        .where('audience_id', '=', audienceId)
        // It was asked to make an audience, and that one has come of it.
        .where(sql<boolean>`begin.event->'request'->>'audienceId' is null`)
        .limit(1)
        .executeTakeFirst();
      return row !== undefined;
    },
    supersededBy: (state) => supersededBy(db, state),
  };
}

/** The run that wrote to the same audience after `state` last did (or started): it must not be continued any more. */
export async function supersededBy(db: Db, state: RunState): Promise<string | undefined> {
  if (state.audienceId === null) return undefined;
  const row = await db
    .selectFrom('runs')
    .select('id')
    .where('id', '<>', state.runId)
    .where('ad_account_id', '=', state.request.adAccountId)
    .where('audience_id', '=', state.audienceId)
    .where('last_write_at', '>', new Date(state.lastWriteAt ?? state.startedAt))
    .orderBy('last_write_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.id;
}

/**
 * Forgets what ended before `before`, with events and requests; but never the last good replace of an audience, which
 * guards the next one, nor a run that has left a part of its audience at LINE, until the job has sent something again. @returns how many runs went
 */
export async function forgetRuns(db: Db, before: Date): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from lineup.runs as old
    where old.ended_at < ${before} and old.status not in ('queued', 'running')
      and not (old.status = 'succeeded' and old.mode = 'replace' and not exists (
        select 1 from lineup.runs as later
        where later.ad_account_id = old.ad_account_id and later.audience_id = old.audience_id
          and later.status = 'succeeded' and later.mode = 'replace' and later.ended_at > old.ended_at))
      and not (old.at_line = 'part' and old.job_id is not null and not exists (
        select 1 from lineup.runs as later
        where later.job_id = old.job_id and later.last_write_at > old.last_write_at))`.execute(db);
  return Number(numAffectedRows ?? 0n);
}
