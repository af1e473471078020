/** Finds what a killed worker may have left behind (src/jobs/conclude.ts recovers it), and runs that are late. */
import { sql } from 'kysely';
import { activeStatuses } from '../../domain/runs/run-state.ts';
import { isHeldRun } from '../coordination/lease-table.ts';
import type { Db, Tx } from '../database/database.ts';
import { untoldParts } from './incomplete-runs.ts';
import { hasLaterRun, isActiveRun } from './runs.ts';

/** Active runs that no worker holds, oldest first: they wait for a worker, or their worker is gone. */
export async function runsWithoutWorker(
  db: Db,
  limit: number,
): Promise<{ id: string; status: 'queued' | 'running' }[]> {
  const { rows } = await sql<{ id: string; status: 'queued' | 'running' }>`
    select run.id, run.status from lineup.runs as run
    where ${isActiveRun('run')} and not ${isHeldRun('run')}
    order by run.queued_at, run.id limit ${limit}`.execute(db);
  return rows;
}

/**
 * Runs that have ended and whose worker died right after: the last runs of jobs that still wait for them, runs that a
 * person ended, and runs that left a part of a job that rests.
 */
export async function runsWithoutConclusion(db: Db, limit: number): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select last.id as id from lineup.jobs as job
    cross join lateral (
      select id, status from lineup.runs where job_id = job.id order by queued_at desc, id desc limit 1
    ) as last
    where job.status = 'runnable' and not ${isActiveRun('last')}
    union
    select id from lineup.runs where stop_requested = 'end' and status in ('interrupted', 'failed')
    union
    ${untoldParts}
    order by id limit ${limit}`.execute(db);
  return rows.map((row) => row.id);
}

/** Since when a run goes on: a person may have let it wait for an approval. */
const since = sql<Date>`greatest(runs.queued_at, (runs.approval->>'at')::timestamptz)`;

/** Runs that were queued or approved before `before` and have not completed, of jobs that still wait for them. */
export async function runsGoingOnSince(db: Db, before: Date): Promise<{ runId: string; jobId: string; since: Date }[]> {
  const rows = await db
    .selectFrom('runs')
    .innerJoin('jobs', 'jobs.id', 'runs.job_id')
    .select(['runs.id as runId', 'jobs.id as jobId', since.as('since')])
    .where('runs.status', 'in', [...activeStatuses, 'failed', 'interrupted'])
    .where('jobs.condition', 'in', ['running', 'retrying'])
    // A job that sleeps until its slot is not late.
    .where(({ or, eb, ref }) =>
      or([
        eb('jobs.sleep_until', 'is', null),
        eb('jobs.slot', 'is', null),
        eb('jobs.sleep_until', '<', ref('jobs.slot')),
      ]),
    )
    .where(since, '<', before)
    .where(({ not }) => not(hasLaterRun('runs')))
    .orderBy('runs.queued_at')
    .execute();
  return rows;
}

/**
 * Makes sure that an active, stopped or failed run is never continued, because its job was changed to send something
 * else. A run without events reads the new configuration when it starts.
 */
export async function forbidContinuing(tx: Tx, runId: string): Promise<void> {
  await tx
    .updateTable('runs')
    .set({ forbidden: true })
    .where('id', '=', runId)
    .where('status', 'in', [...activeStatuses, 'interrupted', 'failed', 'stopped'])
    .where('events', '>', 0)
    .execute();
}
