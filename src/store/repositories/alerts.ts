/** Alerts of jobs. An alert is open until `cleared_at`; the database allows one open alert for each job and rule. */
import { sql } from 'kysely';
import type { AlertsOfJob, NewAlert, OpenAlert } from '../../contracts/job-store.ts';
import { type Alert, type AlertRuleName, type AlertRules, alertRules } from '../../domain/alerts/alerts.ts';
import { readTolerantly } from '../../domain/values/tolerant.ts';
import type { Db, Tx } from '../database/database.ts';
import { jsonOrNull } from '../database/schema.ts';

/** In one statement, because every run asks. */
export async function alertsOf(db: Db, jobId: string): Promise<AlertsOfJob> {
  const { rows } = await sql<{
    defaults: unknown;
    open: readonly (Omit<OpenAlert, 'since'> & { readonly since: string })[] | null;
  }>`
    select (select value from lineup.settings where key = 'alerts') as defaults,
      (select jsonb_agg(jsonb_build_object('rule', rule, 'threshold', threshold, 'measured', measured,
          'since', raised_at) order by id)
        from lineup.alerts where job_id = ${jobId} and cleared_at is null) as open`.execute(db);
  const { defaults, open } = rows[0]!;
  return {
    defaults: defaultsOf(defaults),
    open: (open ?? []).map((alert) => ({ ...alert, since: new Date(alert.since) })),
  };
}

/** Rules that a newer version has written must not stop the jobs of this one. */
const defaultsOf = (stored: unknown): AlertRules => readTolerantly(alertRules, stored ?? {}).value;

/** Opens the alert, or brings the values of an open one up to date. @returns whether it was opened */
export async function raiseAlert(tx: Tx, alert: NewAlert, now: Date): Promise<boolean> {
  const measured = {
    threshold: alert.threshold,
    measured: alert.measured,
    message: alert.message,
    sentence: jsonOrNull(alert.sentence),
    run_id: alert.runId,
  };
  const row = await tx
    .insertInto('alerts')
    .values({ job_id: alert.jobId, rule: alert.rule, ...measured, raised_at: now })
    .onConflict((conflict) =>
      conflict.columns(['job_id', 'rule']).where('cleared_at', 'is', null).doUpdateSet(measured),
    )
    // A row that this statement has inserted was not locked before.
    .returning(sql<boolean>`xmax = 0`.as('is_new'))
    .executeTakeFirstOrThrow();
  return row.is_new;
}

/** @returns false when no such alert is open */
export async function clearAlert(tx: Tx, jobId: string, rule: AlertRuleName, now: Date): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('alerts')
    .set({ cleared_at: now })
    .where('job_id', '=', jobId)
    .where('rule', '=', rule)
    .where('cleared_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

export interface AlertFilter {
  readonly jobId?: string | undefined;
  readonly isOpen?: boolean | undefined;
}

/** Newest first. @param before the id of the last alert of the previous page */
export async function listAlerts(
  db: Db,
  { jobId, isOpen }: AlertFilter,
  limit: number,
  before?: number,
): Promise<Alert[]> {
  const rows = await db
    .selectFrom('alerts')
    .innerJoin('jobs', 'jobs.id', 'alerts.job_id')
    .selectAll('alerts')
    .select('jobs.name as job_name')
    .$if(jobId !== undefined, (query) => query.where('alerts.job_id', '=', jobId!))
    .$if(isOpen !== undefined, (query) => query.where('cleared_at', isOpen ? 'is' : 'is not', null))
    .$if(before !== undefined, (query) => query.where('alerts.id', '<', before!))
    .orderBy('alerts.id', 'desc')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    ...row,
    raised_at: row.raised_at.toISOString(),
    cleared_at: row.cleared_at?.toISOString() ?? null,
  }));
}

/** Whether a job has an open alert of this rule. */
export async function isOpen(db: Db, jobId: string, rule: AlertRuleName): Promise<boolean> {
  const found = await db
    .selectFrom('alerts')
    .select('id')
    .where('job_id', '=', jobId)
    .where('rule', '=', rule)
    .where('cleared_at', 'is', null)
    .executeTakeFirst();
  return found !== undefined;
}

/** The number of open alerts of each of these jobs that has one. */
export async function openAlertCounts(db: Db, jobIds: readonly string[]): Promise<Map<string, number>> {
  if (jobIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('alerts')
    .select(['job_id', ({ fn }) => fn.countAll<number>().as('count')])
    .where('job_id', 'in', jobIds)
    .where('cleared_at', 'is', null)
    .groupBy('job_id')
    .execute();
  return new Map(rows.map(({ job_id, count }) => [job_id, Number(count)]));
}

/** The number of open alerts of each rule that has one. */
export async function countOpenAlerts(db: Db): Promise<{ rule: string; count: number }[]> {
  const rows = await db
    .selectFrom('alerts')
    .select(['rule', ({ fn }) => fn.countAll<number>().as('count')])
    .where('cleared_at', 'is', null)
    .groupBy('rule')
    .orderBy('rule')
    .execute();
  return rows.map(({ rule, count }) => ({ rule, count: Number(count) }));
}

/** The rules of the open alerts, for a query of `jobs`. */
export const openRules = sql<AlertRuleName[]>`array(
  select rule from lineup.alerts where alerts.job_id = jobs.id and alerts.cleared_at is null)`;

interface JobWithAlerts {
  readonly isTerminated: boolean;
  readonly own: AlertRules;
  /** Whether its trigger has a deadline. */
  readonly hasDeadline: boolean;
  readonly open: AlertRuleName[];
}

/** The open alerts of all jobs, by job, oldest first; with what decides whether they stay. */
export async function openAlertsByJob(db: Db): Promise<Map<string, JobWithAlerts>> {
  const rows = await db
    .selectFrom('alerts')
    .innerJoin('jobs', 'jobs.id', 'alerts.job_id')
    .select(['job_id', 'rule', 'jobs.status', 'jobs.configuration'])
    .where('cleared_at', 'is', null)
    .orderBy('alerts.id')
    .execute();
  return new Map(
    [...Map.groupBy(rows, ({ job_id }) => job_id)].map(([jobId, alerts]) => [
      jobId,
      {
        isTerminated: alerts[0]?.status === 'killed',
        own: alerts[0]?.configuration.alerts ?? {},
        hasDeadline: Boolean(alerts[0]?.configuration.trigger?.deadline),
        open: alerts.map(({ rule }) => rule),
      },
    ]),
  );
}

/**
 * The jobs whose last run has been expected or running since `before`, and that have a rule about late or slow runs.
 * @param byDefault whether the workspace has such a rule
 */
export async function jobsToWatch(db: Db, before: Date, byDefault: boolean): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select job.id from lineup.jobs as job
    cross join lateral (
      select status, slot, started_at from lineup.runs where job_id = job.id order by queued_at desc, id desc limit 1
    ) as last
    where job.condition in ('running', 'retrying', 'waiting') and last.status <> 'succeeded'
      and least(last.slot, last.started_at) < ${before}
      and (${byDefault} or job.configuration->'alerts' ? 'late' or job.configuration->'alerts' ? 'slow')
    order by job.id`.execute(db);
  return rows.map(({ id }) => id);
}

/** Deletes alerts that were over before `before`. */
export async function purgeAlerts(db: Db, before: Date): Promise<void> {
  await db.deleteFrom('alerts').where('cleared_at', '<', before).execute();
}
