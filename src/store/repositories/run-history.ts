/** What is known of earlier runs to an audience, and the deletion of old runs. */
import { sql } from 'kysely';
import type { RunHistory } from '../../contracts/ports.ts';
import {
  deliveryOf,
  isUnsettled,
  openReplacesOf,
  openUploadsOf,
  othersSince,
  type RunState,
} from '../../domain/runs/run-state.ts';
import type { Db } from '../database/database.ts';
import { firstDeliveries, isOfAnotherSharer, ONE_BY_ONE } from './deliveries.ts';
import { lastWholesOf } from './emptying.ts';
import { readRunState } from './run-events.ts';
import { isActiveRun, unansweredCreations } from './runs.ts';

/** What earlier runs show about an audience: the export's port `RunHistory`, on the database. */
export function runHistory(db: Db): RunHistory {
  return {
    lastReplace: async (adAccountId, audienceId) => {
      // A delivery may be complete although another one of its run has failed.
      const isReplace = sql`ad_account_id = ${adAccountId} and audience_id = ${audienceId}
        and (status = 'succeeded' or at_line = 'whole' and ended_at is not null) and mode = 'replace'
        and last_write_at is not null`;
      const { rows } = await sql<{ runId: string; unique: number | string | null; at: Date | null }>`
        select run_id as "runId", unique_count as unique, ended_at as at
        from (${firstDeliveries(isReplace, sql`last_write_at desc`, 1)}) as last`.execute(db);
      const [row] = rows;
      if (!row?.at) return undefined;
      return { runId: row.runId, unique: Number(row.unique ?? 0), at: row.at.toISOString() };
    },
    sizesBefore: (runId, runs, delivery = 1) =>
      delivery === 1 ? sizesBefore(db, runId, runs) : siblingSizesBefore(db, runId, runs, delivery),
    made: async (adAccountId, audienceId) => {
      const row = await db
        .selectFrom('deliveries')
        .innerJoin('run_events as begin', (join) =>
          join.onRef('begin.run_id', '=', 'deliveries.run_id').on('begin.seq', '=', 1),
        )
        .select('deliveries.run_id')
        .where('ad_account_id', '=', adAccountId)
        .where('audience_id', '=', audienceId)
        // The run was to create an audience, and created this one.
        .where(
          sql<boolean>`case
            when delivery = 1 or begin.event->'request'->'siblings'->(delivery - 2)->>'shares' = 'true'
            then begin.event->'request'
            else begin.event->'request'->'siblings'->(delivery - 2) end->>'audienceId' is null`,
        )
        .limit(1)
        .executeTakeFirst();
      return row !== undefined;
    },
    mayBeMade: async ({ runId, request }) => {
      const row = await unansweredCreations(db, request.adAccountId, request.audienceName)
        .where('job_id', '=', (eb) => eb.selectFrom('runs').select('job_id').where('id', '=', runId))
        .where('run_id', '<>', runId)
        .limit(1)
        .executeTakeFirst();
      return row !== undefined;
    },
    supersededBy: (delivery) => supersededBy(db, delivery),
    openUploads: async ({ runId, audienceId, request }) => {
      const last = db
        .selectFrom('deliveries')
        .select('run_id')
        .where('run_id', '<>', runId)
        .where('ad_account_id', '=', request.adAccountId)
        .where('audience_id', '=', audienceId)
        .where('last_write_at', 'is not', null)
        .orderBy('last_write_at', 'desc')
        .orderBy('run_id', 'desc')
        .limit(1);
      // Several, when they share the audience.
      const open = await db
        .selectFrom('deliveries')
        .select(['run_id', 'delivery'])
        .where('run_id', '=', last)
        .where('audience_id', '=', audienceId)
        .where('at_line', '=', 'part')
        .orderBy('delivery')
        .execute();
      const state = open[0] && (await readRunState(db, open[0].run_id));
      return state ? open.flatMap(({ delivery }) => openUploadsOf(deliveryOf(state, delivery))) : [];
    },
    jobIdsOfOthers: async (delivery) => {
      const { runId, audienceId, request } = delivery;
      const parts = await db
        .selectFrom('deliveries')
        .select(['run_id', 'delivery'])
        .where('ad_account_id', '=', request.adAccountId)
        .where('audience_id', '=', audienceId)
        .where('run_id', '<>', runId)
        .where('last_write_at', '>=', othersSince(delivery))
        .where('at_line', '=', 'part')
        .execute();
      for (const { run_id, delivery: part } of parts) {
        const state = await readRunState(db, run_id);
        if (state && isUnsettled(deliveryOf(state, part))) return null;
      }
      const { rows } = await sql<{ id: string }>`
        select distinct known.event->>'uploadJobId' as id
        from lineup.deliveries as its join lineup.run_events as known on known.run_id = its.run_id
          and coalesce((known.event->>'delivery')::int, 1) = its.delivery
        where its.ad_account_id = ${request.adAccountId} and its.audience_id = ${audienceId} and its.run_id <> ${runId}
          and its.last_write_at >= ${othersSince(delivery)} and known.event->>'uploadJobId' is not null`.execute(db);
      return rows.map(({ id }) => id);
    },
    openReplaces: async (adAccountId) => {
      const open = await openReplaces(db, adAccountId);
      const states = await Promise.all([...open.keys()].map((id) => readRunState(db, id)));
      return states.flatMap((state) =>
        state ? openReplacesOf(state).filter(({ runId, delivery }) => open.get(runId)?.has(delivery)) : [],
      );
    },
  };
}

/**
 * The deliveries whose journals have the intent of a REPLACE, and not its end, by their runs. One that another run has
 * followed is none of them: that run has seen its end before it wrote.
 */
async function openReplaces(db: Db, adAccountId: string): Promise<Map<string, Set<number>>> {
  const { rows } = await sql<{ id: string; delivery: number }>`
    select its.run_id as id, its.delivery from lineup.deliveries as its
    where its.at_line = 'part' and its.ad_account_id = ${adAccountId}
      and exists (
        select 1 from lineup.run_events as intent
        where intent.run_id = its.run_id and coalesce((intent.event->>'delivery')::int, 1) = its.delivery
          and intent.event->>'type' = 'intent' and intent.event->>'action' = 'REPLACE'
          and not exists (
            select 1 from lineup.run_events as later
            where later.run_id = intent.run_id and later.seq > intent.seq
              and later.event->'chunk' = intent.event->'chunk'
              and later.event->'delivery' is not distinct from intent.event->'delivery'
              and (later.event->>'type' = 'not_taken' or later.event->>'jobStatus' in ('FINISHED', 'FAILED'))))
      and not exists (
        select 1 from lineup.deliveries as next
        where next.ad_account_id = its.ad_account_id and next.audience_id = its.audience_id
          and next.run_id <> its.run_id and next.last_write_at > its.last_write_at
        ${ONE_BY_ONE})`.execute(db);
  const open = new Map<string, Set<number>>();
  for (const { id, delivery } of rows) open.set(id, (open.get(id) ?? new Set()).add(delivery));
  return open;
}

async function sizesBefore(db: Db, runId: string, runs: number): Promise<number[]> {
  const rows = await db
    .selectFrom('runs')
    .select('unique_count')
    .where('job_id', '=', (eb) => eb.selectFrom('runs').select('job_id').where('id', '=', runId))
    .where('id', '<>', runId)
    .where('status', '=', 'succeeded')
    .where('unique_count', 'is not', null)
    .orderBy('queued_at', 'desc')
    .orderBy('id', 'desc')
    .limit(runs)
    .execute();
  return rows.map(({ unique_count }) => Number(unique_count));
}

/** A further audience of a job. */
export interface SiblingAudience {
  readonly audienceId: string | null;
  readonly identifierType: string;
  readonly field: string;
}

/**
 * The same for a job that has no run yet for which they are asked.
 * @param sibling missing for its first audience
 */
export async function sizesOfJob(db: Db, jobId: string, runs: number, sibling?: SiblingAudience): Promise<number[]> {
  const { rows } = await sql<{ size: number | string }>`
    select unique_count as size from ${sibling ? sql`lineup.deliveries as before` : sql`lineup.runs as before`}
    where job_id = ${jobId} and status = 'succeeded' and unique_count is not null and ${sibling ? isOf(sibling) : sql`true`}
    order by queued_at desc, ${sibling ? sql`run_id` : sql`id`} desc limit ${runs}::int`.execute(db);
  return rows.map(({ size }) => Number(size));
}

const isOf = ({ audienceId, identifierType, field }: SiblingAudience) =>
  sql`audience_id = ${audienceId} and not ${isOfAnotherSharer('before', sql`${identifierType}`, sql`${field}`)}`;

async function siblingSizesBefore(db: Db, runId: string, runs: number, delivery: number): Promise<number[]> {
  const { rows } = await sql<{ size: number | string }>`
    select earlier.unique_count as size
    from lineup.run_deliveries as its join lineup.runs as run on run.id = its.run_id
    cross join lateral (
      select * from lineup.deliveries as before
      where job_id = run.job_id and run_id <> run.id and audience_id = its.audience_id and status = 'succeeded'
        and unique_count is not null and not ${isOfAnotherSharer('before', sql`its.identifier_type`, sql`its.id_field`)}
      order by queued_at desc, run_id desc limit ${runs}::int
    ) as earlier
    where its.run_id = ${runId} and its.delivery = ${delivery}
    order by earlier.queued_at desc, earlier.run_id desc`.execute(db);
  return rows.map(({ size }) => Number(size));
}

/**
 * The run that wrote to the same audience after the last write of this delivery (or the start of its run). Then the
 * delivery must not continue.
 */
async function supersededBy(db: Db, delivery: RunState): Promise<string | undefined> {
  if (delivery.audienceId === null) return undefined;
  const row = await db
    .selectFrom('deliveries')
    .select('run_id')
    .where('run_id', '<>', delivery.runId)
    .where('ad_account_id', '=', delivery.request.adAccountId)
    .where('audience_id', '=', delivery.audienceId)
    .where('last_write_at', '>', new Date(delivery.lastWriteAt ?? delivery.startedAt))
    .orderBy('last_write_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.run_id;
}

/** The latest moment in the journals of other runs to the audience of a delivery: of a start, or of a write. */
export async function latestOfOthers(db: Db, { runId, audienceId, request }: RunState): Promise<string | undefined> {
  if (audienceId === null) return undefined;
  const { at } = await db
    .selectFrom('deliveries')
    .select(sql<Date | null>`max(greatest(started_at, last_write_at))`.as('at'))
    .where('run_id', '<>', runId)
    .where('ad_account_id', '=', request.adAccountId)
    .where('audience_id', '=', audienceId)
    .executeTakeFirstOrThrow();
  return at?.toISOString();
}

/**
 * The present by `now` or by the clock of the database, whichever is earlier: nothing may be deleted because one clock
 * is ahead.
 */
export async function earlierClock(db: Db, now: Date): Promise<Date> {
  const { rows } = await sql<{
    at: Date;
  }>`select least(${now}::timestamptz, clock_timestamp()) as at`.execute(db);
  return rows[0]?.at ?? now;
}

/** Few enough that nobody waits long for the only connection of PGlite, and that the server answers in time. */
const PURGED_TOGETHER = 500;

/**
 * Deletes runs that ended before `before`, with their events and requests. It keeps the last good replace of an
 * audience of a run, because the guard compares the next one with it. It keeps a run that left a part of its audience
 * at LINE, until the job sends something again. Where members leave by age, it keeps the last whole run to each list of
 * a job: it says when the list is empty.
 *
 * It goes through the old runs in the order of time, some in each transaction. What it has deleted stays so if it is
 * ended in the middle.
 * @param signal ends it after some
 * @param together so many runs in each transaction
 * @returns the number of deleted runs
 */
export async function purgeRuns(
  db: Db,
  before: Date,
  signal?: AbortSignal,
  together = PURGED_TOGETHER,
): Promise<number> {
  const kept = (await lastWholesOf(db)).map(({ runId }) => runId);
  let deleted = 0;
  let last: Looked | undefined;
  while (!signal?.aborted) {
    const looked = await purgeSome(db, { before, kept, last, together });
    deleted += Number(looked.deleted);
    if (looked.id === null) break;
    last = looked;
  }
  return deleted;
}

/** The last of some runs that were looked at; nulls when there was none. */
interface Looked {
  readonly deleted: number | string;
  /** As text, because a Date would lose its microseconds. */
  readonly at: string | null;
  readonly id: string | null;
}

interface Purging {
  readonly before: Date;
  /** The ids of runs that stay in any case. */
  readonly kept: readonly string[];
  readonly last: Looked | undefined;
  readonly together: number;
}

async function purgeSome(db: Db, { before, kept, last, together }: Purging): Promise<Looked> {
  const { rows } = await sql<Looked>`
    with looked as materialized (
      select id, queued_at from lineup.runs
      -- A run ends after it was queued, but the clocks of two machines may differ.
      where queued_at < ${before}::timestamptz + interval '1 day'
        ${last ? sql`and (queued_at, id) > (${last.at}::timestamptz, ${last.id})` : sql``}
      order by queued_at, id limit ${together}::int
    ), deleted as (
      delete from lineup.runs as old using looked
      where old.id = looked.id and old.ended_at < ${before} and not ${isActiveRun('old')}
        and not (${kept.length > 0 ? sql`old.id in (${sql.join(kept)})` : sql`false`})
        and not (old.status = 'succeeded' and old.mode = 'replace' and exists (
          select 1 from lineup.deliveries as its
          where its.run_id = old.id and not exists (
            select 1 from lineup.deliveries as later
            where later.ad_account_id = its.ad_account_id and later.audience_id = its.audience_id
              and later.status = 'succeeded' and later.mode = 'replace' and later.last_write_at > its.last_write_at
            ${ONE_BY_ONE})
          ${ONE_BY_ONE}))
        and not (old.at_line = 'part' and old.job_id is not null and not exists (
          select 1 from lineup.runs as later
          where later.job_id = old.job_id and later.last_write_at > old.last_write_at))
      returning 1
    )
    select (select count(*) from deleted) as deleted, last.queued_at::text as at, last.id
    from (select 1) as always
    left join lateral (select * from looked order by queued_at desc, id desc limit 1) as last on true`.execute(db);
  return rows[0]!;
}
