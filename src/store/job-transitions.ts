/** The log of a job: every change of its status, by whom, and what else must be known of it. */
import type { JobStatus, JobTransition } from '../contracts/jobs.ts';
import { type Actor, system } from '../contracts/people.ts';
import type { Told } from '../contracts/sentence.ts';
import type { Db, Tx } from './database.ts';
import { jsonOrNull } from './schema.ts';

export interface NewTransition {
  readonly jobId: string;
  readonly action: string;
  readonly from: JobStatus | null;
  readonly to: JobStatus;
  readonly actor: Actor;
  readonly reason: Told | null;
  readonly runId: string | null;
}

export async function recordTransition(tx: Tx, transition: NewTransition, now: Date): Promise<void> {
  await tx
    .insertInto('job_transitions')
    .values({
      job_id: transition.jobId,
      at: now,
      action: transition.action,
      from_status: transition.from,
      to_status: transition.to,
      actor_id: transition.actor.id,
      actor: transition.actor.name,
      reason: transition.reason?.message ?? null,
      reason_sentence: jsonOrNull(transition.reason?.sentence),
      run_id: transition.runId,
    })
    .execute();
}

/** Newest first; `before` is the id of the last one seen. */
export async function listTransitions(
  db: Db,
  jobId: string,
  limit: number,
  before?: number,
): Promise<JobTransition[]> {
  const rows = await db
    .selectFrom('job_transitions')
    .select([
      'id',
      'at',
      'action',
      'from_status',
      'to_status',
      'actor',
      'reason',
      'reason_sentence',
      'run_id',
    ])
    .where('job_id', '=', jobId)
    .$if(before !== undefined, (query) => query.where('id', '<', before!))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
}

/** What put a run into the queue; the rest of its log says nothing of whose wish it is. */
const BEGINNINGS = ['create', 'resume', 'run_now', 'run_anyway', 'restart', 'wake', 'run_outdated'];

/** Whether a person made this run begin, or go on, and not the schedule or a retry. */
export async function wasAskedByPerson(db: Db, runId: string): Promise<boolean> {
  const row = await db
    .selectFrom('job_transitions')
    .select('actor_id')
    .where('run_id', '=', runId)
    .where('action', 'in', BEGINNINGS)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row !== undefined && row.actor_id !== system.id;
}

/** Whether the job has failed since its last success. */
export async function failedSinceSuccess(db: Db, jobId: string): Promise<boolean> {
  const row = await db
    .selectFrom('job_transitions')
    .select('to_status')
    .where('job_id', '=', jobId)
    .where((where) =>
      where.or([
        where('action', '=', 'run_succeeded'),
        where.and([where('action', '=', 'run_failed'), where('to_status', '=', 'failed')]),
      ]),
    )
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.to_status === 'failed';
}

/** Whether the job's log holds such a line about that run. */
export async function hasTransition(db: Db, jobId: string, action: string, runId: string): Promise<boolean> {
  const row = await db
    .selectFrom('job_transitions')
    .select('id')
    .where('job_id', '=', jobId)
    .where('action', '=', action)
    .where('run_id', '=', runId)
    .executeTakeFirst();
  return row !== undefined;
}
