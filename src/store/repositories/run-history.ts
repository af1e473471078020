/** What is known of earlier runs to an audience, and the deletion of old runs. */
import { sql } from 'kysely';
import type { RunHistory } from '../../contracts/ports.ts';
import { openUploadsOf, type RunState } from '../../contracts/run-state.ts';
import type { Db } from '../database/database.ts';
import { readRunState } from './run-events.ts';

/** What earlier runs show about an audience: the export's port `RunHistory`, on the database. */
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
    sizesBefore: async (runId, runs) => {
      const rows = await db
        .selectFrom('runs')
        .select('unique_count')
        .where('job_id', '=', (of) => of.selectFrom('runs').select('job_id').where('id', '=', runId))
        .where('id', '<>', runId)
        .where('status', '=', 'succeeded')
        .where('unique_count', 'is not', null)
        .orderBy('queued_at', 'desc')
        .orderBy('id', 'desc')
        .limit(runs)
        .execute();
      return rows.map(({ unique_count }) => Number(unique_count));
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
        // The run was to create an audience, and created this one.
        .where(sql<boolean>`begin.event->'request'->>'audienceId' is null`)
        .limit(1)
        .executeTakeFirst();
      return row !== undefined;
    },
    supersededBy: (state) => supersededBy(db, state),
    openUploads: async ({ runId, audienceId, request }) => {
      const last = await db
        .selectFrom('runs')
        .select(['id', 'at_line'])
        .where('id', '<>', runId)
        .where('ad_account_id', '=', request.adAccountId)
        .where('audience_id', '=', audienceId)
        .where('last_write_at', 'is not', null)
        .orderBy('last_write_at', 'desc')
        .orderBy('id', 'desc')
        .limit(1)
        .executeTakeFirst();
      const state = last?.at_line === 'part' ? await readRunState(db, last.id) : undefined;
      return state ? openUploadsOf(state) : [];
    },
  };
}

/**
 * The run that wrote to the same audience after the last write (or the start) of `state`. Then `state` must not
 * continue.
 */
async function supersededBy(db: Db, state: RunState): Promise<string | undefined> {
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
 * Deletes runs that ended before `before`, with their events and requests. It keeps the last good replace of an
 * audience, because the guard compares the next one with it. It keeps a run that left a part of its audience at LINE,
 * until the job sends something again.
 * @returns the number of deleted runs
 */
export async function purgeRuns(db: Db, before: Date): Promise<number> {
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
