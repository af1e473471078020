/**
 * The journals of runs as rows: an entry for each event (src/domain/runs/run-events.ts). run-journals.ts decides when
 * an event may be added.
 */
import { sql } from 'kysely';
import { z } from 'zod';
import type { LeaseClaim } from '../../contracts/job-store.ts';
import type { HoldOut } from '../../domain/audiences/hold-out.ts';
import {
  runRequest,
  type ServiceRunStatus,
  type ShrunkList,
  type SuppressedBy,
  suppressedBy,
} from '../../domain/runs/run.ts';
import { hasReadLists, type RunEvent, readRunEvent } from '../../domain/runs/run-events.ts';
import { deliveriesOf, deliveryOf, foldRun, type RunState, sharersOf } from '../../domain/runs/run-state.ts';
import { heldLease, takenOver } from '../coordination/lease-table.ts';
import type { Db, Tx } from '../database/database.ts';
import { json } from '../database/schema.ts';
import { recordLife, recordSuccession } from './audience-lives.ts';
import { audienceIdsOf, configurationsOf } from './jobs.ts';
import { recordRefusal } from './list-refusals.ts';
import { notFound } from './repository-errors.ts';
import { columnsOf, deliveryColumnsOf } from './runs.ts';
import { recordReads } from './suppression-lists.ts';

/** Adds entry `seq` to the journal of a run. `state` is the state with it, and its summary goes into the run's row. */
export async function addRunEvent(tx: Tx, runId: string, seq: number, event: RunEvent, state: RunState): Promise<void> {
  // One statement, because a run adds many events.
  await tx
    .with('row', (queries) =>
      queries
        .updateTable('runs')
        .set({ events: seq, ...columnsOf(state) })
        .where('id', '=', runId),
    )
    .insertInto('run_events')
    .values({ run_id: runId, seq, event: json(event) })
    .execute();
  if (state.siblings.length > 0) await updateDeliveries(tx, runId, event, state);
  await recordLife(tx, runId, event, state);
  if (event.type === 'staged' && hasReadLists(event)) await recordReadsOf(tx, runId, event, state);
  if (event.type === 'ended' && event.error?.shrunkList)
    await recordShrunk(tx, runId, event.at, event.error.shrunkList);
}

/**
 * The same while `lease` is held, in one statement instead of a transaction. Of an event that changes only these two
 * tables.
 * @throws {LineupError} `run_taken_over`
 */
export async function addHeldRunEvent(
  db: Db,
  lease: LeaseClaim,
  runId: string,
  seq: number,
  event: RunEvent,
  state: RunState,
): Promise<void> {
  const added = await db
    .with('held', (queries) => heldLease(queries, lease))
    .with('row', (queries) =>
      queries
        .updateTable('runs')
        .from('held')
        .set({ events: seq, ...columnsOf(state) })
        .where('id', '=', runId),
    )
    .insertInto('run_events')
    .columns(['run_id', 'seq', 'event'])
    .expression((eb) =>
      eb
        .selectFrom('held')
        .select([
          sql<string>`${runId}::text`.as('run_id'),
          sql<number>`${seq}::int`.as('seq'),
          sql<RunEvent>`${json(event)}::jsonb`.as('event'),
        ]),
    )
    .executeTakeFirstOrThrow();
  if (added.numInsertedOrUpdatedRows === 0n) throw takenOver();
}

/** The rows of a run with several deliveries. */
async function updateDeliveries(tx: Tx, runId: string, event: RunEvent, state: RunState): Promise<void> {
  if (event.type === 'started') {
    await tx
      .insertInto('run_deliveries')
      .values(
        deliveriesOf(state).map((delivery) => ({
          run_id: runId,
          delivery: delivery.delivery,
          identifier_type: delivery.request.identifierType,
          id_field: delivery.request.field,
          ...deliveryColumnsOf(delivery),
        })),
      )
      .execute();
    return;
  }
  for (const delivery of changedBy(event, state)) {
    await tx
      .updateTable('run_deliveries')
      .set(deliveryColumnsOf(delivery))
      .where('run_id', '=', runId)
      .where('delivery', '=', delivery.delivery)
      .execute();
  }
}

/** The deliveries whose summary an event changes. */
function changedBy(event: RunEvent, state: RunState): RunState[] {
  switch (event.type) {
    case 'staged':
      return deliveriesOf(state);
    case 'renewed':
    case 'intent':
    case 'not_taken':
    case 'job':
      return [deliveryOf(state, event.delivery ?? 1)];
    case 'created':
    case 'accepted':
      // Those that share the audience of the first one get its id, too.
      return [event.delivery ?? 1, ...(event.delivery ? [] : sharersOf(state))].map((n) => deliveryOf(state, n));
    default:
      return [];
  }
}

/** Stores what a run has found of a suppression list that has stopped it. */
async function recordShrunk(tx: Tx, runId: string, at: string, shrunk: ShrunkList): Promise<void> {
  const jobId = await jobOf(tx, runId);
  if (jobId !== null) await recordRefusal(tx, { jobId, runId, at: new Date(at), shrunk });
}

async function jobOf(tx: Tx, runId: string): Promise<string | null> {
  const { job_id } = await tx.selectFrom('runs').select('job_id').where('id', '=', runId).executeTakeFirstOrThrow();
  return job_id;
}

/** Stores what the run has read of suppression lists. Its job is locked already. */
async function recordReadsOf(
  tx: Tx,
  runId: string,
  { at }: Extract<RunEvent, { type: 'staged' }>,
  state: RunState,
): Promise<void> {
  const jobId = await jobOf(tx, runId);
  if (jobId === null) return;
  await recordReads(tx, {
    jobId,
    runId,
    at: new Date(at),
    lists: deliveriesOf(state).flatMap(({ request, staged }) =>
      (staged?.suppression ?? []).map(({ id, size, suppressed, source = 1 }) => ({
        id,
        sourceVersion: source,
        identifierType: request.identifierType,
        size,
        keptOut: suppressed,
      })),
    ),
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
    .where('id', '=', (eb) => eb.selectFrom('runs').select('job_id').where('runs.id', '=', runId))
    .forUpdate()
    .execute();
}

/**
 * One job never creates two audiences: the transaction that reports a created audience also gives it to the job, for
 * the identifier that was to get an audience of this name. A job that was edited to use another audience in the
 * meantime keeps its edit. So does one whose audience the run has renewed: there the successor takes the place of the
 * audience before.
 */
export async function adoptAudience(tx: Tx, runId: string, delivery: RunState): Promise<void> {
  const { adAccountId, audienceName, identifierType } = delivery.request;
  const { renews } = delivery;
  const isWanted = renews
    ? sql`${audienceIdsOf('held')}->>(its.place::int - 1) = ${renews.audienceId}`
    : sql`its.configuration->>'audience_name' = ${audienceName}
        and ${audienceIdsOf('held')}->(its.place::int - 1) = 'null'`;
  await sql`
    with held as (
      -- Waits for others that change the job, and sees what they have made of it.
      select * from lineup.jobs
      where id = (select job_id from lineup.runs where runs.id = ${runId}) for no key update
    ), wanted as (
      select held.id, its.place::int - 1 as place,
        -- A person has chosen the audience by its id. An editor that shows the old one must not save it again.
        ${renews !== undefined} and its.configuration->>'audience_id' is not null as is_chosen
      from held
      cross join jsonb_array_elements(${configurationsOf('held')})
        with ordinality as its (configuration, place)
      where held.configuration->>'adaccount_id' = ${adAccountId}
        and its.configuration->>'identifier_type' = ${identifierType}
        and ${isWanted}
      order by place limit 1
    )
    update lineup.jobs as job set
      audience_id = case wanted.place when 0 then ${delivery.audienceId} else job.audience_id end,
      sibling_audience_ids = case wanted.place when 0 then job.sibling_audience_ids
        else jsonb_set(job.sibling_audience_ids, array[(wanted.place - 1)::text], to_jsonb(${delivery.audienceId}::text)) end,
      configuration = case when not wanted.is_chosen then job.configuration
        else jsonb_set(job.configuration,
          case wanted.place when 0 then '{audience_id}' else array['siblings', (wanted.place - 1)::text, 'audience_id'] end,
          to_jsonb(${delivery.audienceId}::text)) end,
      revision = job.revision + case when wanted.is_chosen then 1 else 0 end
    from wanted where job.id = wanted.id`.execute(tx);
  if (renews) await recordSuccession(tx, runId, renews.audienceId, delivery.endedAt ?? delivery.startedAt);
}

/**
 * The state of a run from its journal, without its lease. Undefined when it has not started, or its start is not
 * readable.
 */
export async function readRunState(db: Db, runId: string): Promise<RunState | undefined> {
  const events = await readEvents(db, runId);
  return events[0]?.type === 'started' ? foldRun(events) : undefined;
}

const holdOutOf = runRequest.shape.holdOut.catch(null);
const suppressionOf = z.array(suppressedBy).catch([]);

/** Whom a run was to leave out. */
export interface LeavesOut {
  readonly holdOut: HoldOut | null;
  /** What each list has left out, for each delivery. */
  readonly suppression: readonly SuppressedBy[];
}

/**
 * For each run that has staged its members. In one statement, and without the rest of the journals, because a list of
 * jobs asks it.
 */
export async function leavesOutOf(db: Db, runIds: readonly string[]): Promise<ReadonlyMap<string, LeavesOut>> {
  if (runIds.length === 0) return new Map();
  const { rows } = await sql<{ id: string; hold_out: unknown; suppression: unknown }>`
    select begin.run_id as id, begin.event->'request'->'holdOut' as hold_out,
      jsonb_path_query_array(staged.event, '$.suppression[*]')
        || jsonb_path_query_array(staged.event, '$.siblings[*].suppression[*]') as suppression
    from lineup.run_events as begin
    join lateral (
      select event from lineup.run_events as its
      where its.run_id = begin.run_id and its.event->>'type' = 'staged' order by seq desc limit 1
    ) as staged on true
    where begin.seq = 1 and begin.run_id in (${sql.join(runIds)})`.execute(db);
  return new Map(
    rows.map(({ id, hold_out, suppression }) => [
      id,
      { holdOut: holdOutOf.parse(hold_out) ?? null, suppression: suppressionOf.parse(suppression) },
    ]),
  );
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
  return rows.map((row) => readRunEvent(row.event));
}
