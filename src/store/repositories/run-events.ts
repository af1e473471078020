/**
 * The journals of runs as rows: an entry for each event (src/contracts/run-events.ts). run-journals.ts decides when an
 * event may be added.
 */
import { sql } from 'kysely';
import { parseRunEvent, type RunEvent } from '../../contracts/run-events.ts';
import { foldRun, type RunState } from '../../contracts/run-state.ts';
import type { ServiceRunStatus } from '../../contracts/runs.ts';
import type { Db, Tx } from '../database/database.ts';
import { json } from '../database/schema.ts';
import { notFound } from './repository-errors.ts';
import { columnsOf } from './runs.ts';
import { recordReads } from './suppression-lists.ts';

/** Adds entry `seq` to the journal of a run. `state` is the state with it, and its summary goes into the run's row. */
export async function addRunEvent(
  tx: Tx,
  runId: string,
  seq: number,
  event: RunEvent,
  state: RunState,
): Promise<void> {
  // One statement, because a run adds many events.
  await tx
    .with('row', (of) =>
      of
        .updateTable('runs')
        .set({ events: seq, ...columnsOf(state) })
        .where('id', '=', runId),
    )
    .insertInto('run_events')
    .values({ run_id: runId, seq, event: json(event) })
    .execute();
  if (event.type === 'staged' && event.suppression) await recordReadsOf(tx, runId, event, state);
}

/** Stores what the run has read of suppression lists. Its job is locked already. */
async function recordReadsOf(
  tx: Tx,
  runId: string,
  { at, suppression = [] }: Extract<RunEvent, { type: 'staged' }>,
  { request }: RunState,
): Promise<void> {
  const { job_id } = await tx
    .selectFrom('runs')
    .select('job_id')
    .where('id', '=', runId)
    .executeTakeFirstOrThrow();
  if (job_id === null) return;
  await recordReads(tx, {
    jobId: job_id,
    runId,
    identifierType: request.identifierType,
    at: new Date(at),
    lists: suppression.map(({ id, size, suppressed }) => ({ id, size, keptOut: suppressed })),
  });
}

/** Locks a run until the transaction ends. @throws {LineupError} `not_found` */
export async function lockRun(
  tx: Tx,
  id: string,
): Promise<{ readonly status: ServiceRunStatus; readonly forbidden: boolean }> {
  const row = await tx
    .selectFrom('runs')
    .select(['status', 'forbidden'])
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  if (!row) throw notFound('run', id);
  return row;
}

export async function lockJobOfRun(tx: Tx, runId: string): Promise<void> {
  await tx
    .selectFrom('jobs')
    .select('id')
    .where('id', '=', (of) => of.selectFrom('runs').select('job_id').where('runs.id', '=', runId))
    .forUpdate()
    .execute();
}

/**
 * One job never creates two audiences: the transaction that reports a created audience also gives it to the job. A
 * job that was edited to use another audience in the meantime keeps its edit.
 */
export async function adoptAudience(tx: Tx, runId: string, state: RunState): Promise<void> {
  await tx
    .updateTable('jobs')
    .set({ audience_id: state.audienceId })
    .where('audience_id', 'is', null)
    .where('id', '=', (of) => of.selectFrom('runs').select('job_id').where('runs.id', '=', runId))
    .where((of) =>
      of.and([
        of(of.ref('configuration', '->>').key('adaccount_id'), '=', state.request.adAccountId),
        of(of.ref('configuration', '->>').key('audience_name'), '=', state.request.audienceName),
        of(of.ref('configuration', '->>').key('identifier_type'), '=', state.request.identifierType),
      ]),
    )
    .execute();
}

/** The state of a run from its journal, without its lease. Undefined when it has not started. */
export async function readRunState(db: Db, runId: string): Promise<RunState | undefined> {
  const events = await readEvents(db, runId);
  return events.length > 0 ? foldRun(events) : undefined;
}

/** The events of a run after the first `after` ones. */
export async function readEvents(db: Db, runId: string, after = 0): Promise<RunEvent[]> {
  const rows = await db
    .selectFrom('run_events')
    .select('event')
    .where('run_id', '=', runId)
    // A client may send any number.
    .where('seq', '>', sql<number>`${after}::bigint`)
    .orderBy('seq')
    .execute();
  return rows.map((row) => parseRunEvent(row.event));
}
