/** When the sources of jobs that wait for their data were looked at, and what was wrong. */
import { sql } from 'kysely';
import type { StoredJob } from '../../contracts/job-store.ts';
import { LATEST_LOOK_MS, type LookResult } from '../../domain/schedule/triggers/looks.ts';
import type { LocalizedText } from '../../domain/text/sentence.ts';
import type { Db } from '../database/database.ts';
import { jsonOrNull } from '../database/schema.ts';
import { getJobs } from './jobs.ts';

/** What the chore that looks reads and keeps. */
export interface LookTable {
  /**
   * The jobs whose sources are due for a look, the longest overdue first. One with a slot gets a run in any case, which
   * reads what is there by then.
   */
  readonly due: (now: Date, limit: number) => Promise<StoredJob[]>;
  /** Those of the jobs among `ids` that were looked at. */
  readonly of: (ids: readonly string[]) => Promise<Map<string, PlannedLook>>;
  /** Keeps a look, unless the job was deleted meanwhile. */
  readonly record: (jobId: string, look: TriggerLook, nextAt: Date) => Promise<void>;
}

export const lookTable = (db: Db): LookTable => ({
  due: (now, limit) => jobsToLook(db, now, limit),
  of: (ids) => looksOf(db, ids),
  record: (jobId, look, nextAt) => recordLook(db, jobId, look, nextAt),
});

/** What is known of the looks at the source of one job. */
export interface TriggerLook {
  /** The last one with an answer; null before the first one. */
  readonly lookedAt: Date | null;
  /** Null after an answer. */
  readonly failing: { readonly since: Date; readonly problem: LocalizedText } | null;
  readonly failures: number;
  /** What the last one with an answer has found. Missing when it is not known. */
  readonly found?: LookResult | undefined;
}

export interface PlannedLook extends TriggerLook {
  readonly nextAt: Date;
}

async function jobsToLook(db: Db, now: Date, limit: number): Promise<StoredJob[]> {
  const ahead = new Date(now.getTime() + LATEST_LOOK_MS);
  const { rows } = await sql<{ id: string }>`
    select job.id from lineup.jobs as job left join lineup.trigger_looks as look on look.job_id = job.id
    where job.configuration->'trigger'->>'kind' in ('object', 'table')
      and job.status in ('sleeping', 'runnable') and job.slot is null
      and (look.next_at is null or look.next_at <= ${now} or look.next_at > ${ahead})
    order by look.next_at nulls first, job.id limit ${limit}`.execute(db);
  const ids = rows.map(({ id }) => id);
  const jobs = await getJobs(db, ids);
  return jobs.toSorted((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id));
}

/** Those of the jobs among `ids` that were looked at. */
export async function looksOf(db: Db, ids: readonly string[]): Promise<Map<string, PlannedLook>> {
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom('trigger_looks').selectAll().where('job_id', 'in', ids).execute();
  return new Map(
    rows.map(({ job_id, looked_at, failing_since, problem, failures, found, next_at }) => [
      job_id,
      {
        lookedAt: looked_at,
        failing: failing_since && problem ? { since: failing_since, problem } : null,
        failures,
        ...(found && { found }),
        nextAt: next_at,
      },
    ]),
  );
}

/** A job that is being deleted is waited for. */
async function recordLook(db: Db, jobId: string, look: TriggerLook, nextAt: Date): Promise<void> {
  const { lookedAt, failing, failures, found = null } = look;
  await sql`
    insert into lineup.trigger_looks (job_id, looked_at, failing_since, problem, failures, found, next_at)
    select id, ${lookedAt}::timestamptz, ${failing?.since ?? null}::timestamptz,
      ${jsonOrNull(failing?.problem)}::jsonb, ${failures}::int, ${found}::text, ${nextAt}::timestamptz
    from lineup.jobs where id = ${jobId} for key share
    on conflict (job_id) do update set looked_at = excluded.looked_at, failing_since = excluded.failing_since,
      problem = excluded.problem, failures = excluded.failures, found = excluded.found,
      next_at = excluded.next_at`.execute(db);
}
