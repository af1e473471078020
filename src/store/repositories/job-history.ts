/** What happened to a job in a time: its runs, and what people did. Each query is bounded. */
import { type RawBuilder, sql } from 'kysely';
import type { RunSummary } from '../../contracts/runs.ts';
import type { Db } from '../database/database.ts';
import { type RunRow, summaryOf } from './runs.ts';

/** A time of a job. */
export interface JobTime {
  readonly jobId: string;
  readonly from: Date;
  readonly to: Date;
}

/** The most events of each kind, the newest ones. */
const MAX_EVENTS = 200;

/**
 * The successful runs of the time, oldest first. Of more than `most`, the last one in each of as many equal parts of
 * the time. So a job that runs every minute has no more than a chart can show, and the database looks up one run for
 * each part.
 */
export async function successesOf(db: Db, { jobId, from, to }: JobTime, most: number): Promise<RunSummary[]> {
  const between = (start: RawBuilder<unknown>, end: RawBuilder<unknown>, limit: number) => sql`
    select * from lineup.runs
    where job_id = ${jobId} and status = 'succeeded' and queued_at >= ${start} and queued_at < ${end}
    order by queued_at desc, id desc limit ${limit}::int`;
  const all = between(sql`${from}`, sql`${to}`, most + 1);
  const { rows } = await sql<RunRow>`
    select run.*, null as siblings from (${all}) as run order by run.queued_at, run.id`.execute(db);
  if (rows.length <= most) return rows.map(summaryOf);
  const width = sql`${(to.getTime() - from.getTime()) / most}::float8 * interval '1 millisecond'`;
  const start = sql`${from}::timestamptz + part * ${width}`;
  const { rows: parts } = await sql<RunRow>`
    select run.*, null as siblings
    from generate_series(0, ${most - 1}::int) as part
    cross join lateral (${between(start, sql`${start} + ${width}`, 1)}) as run
    order by run.queued_at, run.id`.execute(db);
  return parts.map(summaryOf);
}

/** What runs have sent to an audience, by the end of the run: once for each identifier that goes into it. */
export async function sentTo(
  db: Db,
  runIds: readonly string[],
  audienceId: string,
): Promise<{ runId: string; endedAt: Date; uploaded: number }[]> {
  if (runIds.length === 0) return [];
  const rows = await db
    .selectFrom('deliveries')
    .select(['run_id as runId', 'ended_at as endedAt', 'uploaded'])
    .where('run_id', 'in', runIds)
    .where('audience_id', '=', audienceId)
    .where('uploaded', '>', 0)
    .where('ended_at', 'is not', null)
    .orderBy('ended_at')
    .orderBy('run_id')
    .orderBy('delivery')
    .execute();
  return rows.map(({ runId, endedAt, uploaded }) => ({ runId, endedAt: endedAt!, uploaded: Number(uploaded) }));
}

export interface EndedRun {
  readonly id: string;
  readonly status: string;
  readonly at: Date;
  readonly code: string | null;
}

/** The runs that failed or that a person stopped, newest first. */
export async function unsuccessfulOf(db: Db, { jobId, from, to }: JobTime): Promise<EndedRun[]> {
  const rows = await db
    .selectFrom('runs')
    .select(['id', 'status', 'queued_at', 'started_at', sql<string | null>`error->>'code'`.as('code')])
    .where('job_id', '=', jobId)
    .where('status', 'in', ['failed', 'stopped'])
    .where('queued_at', '>=', from)
    .where('queued_at', '<', to)
    .orderBy('queued_at', 'desc')
    .orderBy('id', 'desc')
    .limit(MAX_EVENTS)
    .execute();
  return rows.map(({ queued_at, started_at, ...row }) => ({ ...row, at: started_at ?? queued_at }));
}

/** What people did with the job, without its edits, newest first. */
export const actionsOf = (
  db: Db,
  { jobId, from, to }: JobTime,
  actions: readonly string[],
): Promise<{ at: Date; action: string; run_id: string | null }[]> =>
  db
    .selectFrom('job_transitions')
    .select(['at', 'action', 'run_id'])
    .where('job_id', '=', jobId)
    .where('action', 'in', actions)
    .where('at', '>=', from)
    .where('at', '<', to)
    .orderBy('id', 'desc')
    .limit(MAX_EVENTS)
    .execute();

/** A change of a job or of a list. */
export interface Change {
  readonly at: Date;
  /** What has changed, without its values. */
  readonly keys: readonly string[];
}

const keysOfChange = sql<string[]>`array(select jsonb_object_keys(coalesce(detail->'changes', '{}')))`.as('keys');

/** The edits of the job, newest first. */
export const editsOf = (db: Db, { jobId, from, to }: JobTime): Promise<Change[]> =>
  db
    .selectFrom('audit_log')
    .select(['at', keysOfChange])
    .where('subject_type', '=', 'job')
    .where('subject_id', '=', jobId)
    .where('action', '=', 'job.change')
    .where('at', '>=', from)
    .where('at', '<', to)
    .orderBy('id', 'desc')
    .limit(MAX_EVENTS)
    .execute();

/** The changes of the suppression lists that the job has now, newest first. @param chosen those that it names */
export const changesOfLists = (db: Db, { from, to }: JobTime, chosen: readonly string[]): Promise<Change[]> =>
  db
    .selectFrom('audit_log')
    .select(['at', keysOfChange])
    .where('subject_type', '=', 'suppression_list')
    .where('subject_id', 'in', (eb) =>
      eb
        .selectFrom('suppression_lists')
        .select('suppression_lists.id')
        .where((where) =>
          where.or([where('applies_to', '=', 'all_jobs'), ...chosen.map((id) => where('id', '=', id))]),
        ),
    )
    .where('action', 'in', ['suppression_list.create', 'suppression_list.change'])
    .where('at', '>=', from)
    .where('at', '<', to)
    .orderBy('id', 'desc')
    .limit(MAX_EVENTS)
    .execute();
