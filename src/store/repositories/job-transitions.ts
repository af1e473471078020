/** The log of a job: every change of its status with its actor, and other events of the job. */

import type { NewTransition } from '../../contracts/job-store.ts';
import type { JobTransition } from '../../contracts/jobs.ts';
import { REPORTED_CONDITIONS } from '../../domain/jobs/conditions.ts';
import { system } from '../../domain/people/people.ts';
import type { Db, Tx } from '../database/database.ts';
import { jsonOrNull } from '../database/schema.ts';

export async function recordTransitions(
  tx: Tx,
  entries: readonly (readonly [transition: NewTransition, now: Date])[],
): Promise<void> {
  if (entries.length === 0) return;
  const rows = entries.map(([transition, now]) => ({
    job_id: transition.jobId,
    at: now,
    action: transition.action,
    from_status: transition.from,
    to_status: transition.to,
    to_condition: transition.condition,
    actor_id: transition.actor.id,
    actor: transition.actor.name,
    reason: transition.reason?.message ?? null,
    reason_sentence: jsonOrNull(transition.reason?.sentence),
    code: transition.code ?? null,
    run_id: transition.runId,
  }));
  await tx.insertInto('job_transitions').values(rows).execute();
}

/** Newest first. `before` is the id of the last entry of the previous page. */
export async function listTransitions(db: Db, jobId: string, limit: number, before?: number): Promise<JobTransition[]> {
  const rows = await db
    .selectFrom('job_transitions')
    .select([
      'id',
      'at',
      'action',
      'from_status',
      'to_status',
      'to_condition',
      'actor',
      'reason',
      'reason_sentence',
      'code',
      'run_id',
    ])
    .where('job_id', '=', jobId)
    .$if(before !== undefined, (query) => query.where('id', '<', before!))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
}

/** The actions that queue a run. Their actor is the one who requested it. */
export const QUEUING_ACTIONS = [
  'create',
  'resume',
  'run_now',
  'run_anyway',
  'continue',
  'restart',
  'wake',
  'run_outdated',
];

/** Whether a person started or continued this run, and not the schedule or a retry. */
export async function wasRequestedByPerson(db: Db, runId: string): Promise<boolean> {
  const row = await db
    .selectFrom('job_transitions')
    .select('actor_id')
    .where('run_id', '=', runId)
    .where('action', 'in', QUEUING_ACTIONS)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row !== undefined && row.actor_id !== system.id;
}

/** Whether a problem was reported since the last success of the job. */
export async function hadProblemSinceSuccess(db: Db, jobId: string): Promise<boolean> {
  const row = await db
    .selectFrom('job_transitions')
    .select('action')
    .where('job_id', '=', jobId)
    .where((where) =>
      where.or([
        where('action', 'in', ['run_succeeded', 'incomplete']),
        where.and([where('action', '=', 'run_failed'), where('to_status', '=', 'failed')]),
        where.and([where('action', '=', 'run_failed'), where('to_condition', 'in', REPORTED_CONDITIONS)]),
      ]),
    )
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row !== undefined && row.action !== 'run_succeeded';
}

/** Whether the log of the job has this action for this run, from `since` on. */
export async function hasTransition(
  db: Db,
  jobId: string,
  action: string,
  runId: string,
  since = new Date(0),
): Promise<boolean> {
  const row = await db
    .selectFrom('job_transitions')
    .select('id')
    .where('job_id', '=', jobId)
    .where('action', '=', action)
    .where('run_id', '=', runId)
    .where('at', '>=', since)
    .executeTakeFirst();
  return row !== undefined;
}
