/** Looks regularly for lists that run empty, because no run sends their members again. */
import type { StoredJob } from '../contracts/job-store.ts';
import { type AlertRules, activeRules } from '../domain/alerts/alerts.ts';
import type { Finding } from '../domain/alerts/checks.ts';
import { checkRunsEmpty, emptyFirst, type LastWhole } from '../domain/alerts/emptying.ts';
import { conditionOf } from '../domain/jobs/conditions.ts';
import { applyFindings } from '../jobs/alerts.ts';
import { within } from '../jobs/context.ts';
import { transaction } from '../store/database/database.ts';
import { openAlertsByJob } from '../store/repositories/alerts.ts';
import { lastWholesOf } from '../store/repositories/emptying.ts';
import { getJobs } from '../store/repositories/jobs.ts';
import type { UseCaseDeps } from './deps.ts';
import { readSettings } from './settings.ts';

type EmptyingDeps = Pick<UseCaseDeps, 'db' | 'jobs' | 'now'>;

/** How many jobs are read at once. */
const TOGETHER = 200;

/** Begins and ends the alerts of jobs whose members leave by age. */
export async function watchEmptying(deps: EmptyingDeps, signal: AbortSignal): Promise<void> {
  const { db, now } = deps;
  const lists = Map.groupBy(await lastWholesOf(db), ({ jobId }) => jobId);
  if (lists.size === 0) return;
  const defaults = (await readSettings(db)).alerts;
  const alerts = await openAlertsByJob(db);
  const ids = [...lists.keys()];
  for (let from = 0; from < ids.length; from += TOGETHER) {
    for (const job of await getJobs(db, ids.slice(from, from + TOGETHER))) {
      signal.throwIfAborted();
      const finding = findingOf(job, defaults, lists.get(job.id) ?? [], now());
      const isOpen = alerts.get(job.id)?.open.includes('runs_empty') ?? false;
      if (finding && (finding.isBroken || isOpen)) await report(deps, job.id);
    }
  }
}

/** A run may have ended since the job was read, so everything is read again. */
const report = ({ db, jobs, now }: EmptyingDeps, jobId: string): Promise<void> =>
  transaction(db, async (tx) => {
    const jobTx = jobs.store.within(tx);
    const job = await jobTx.lockJob(jobId);
    const { defaults, open } = await jobTx.alertsOf(jobId);
    const finding = findingOf(job, defaults, await lastWholesOf(tx, [jobId]), now());
    await applyFindings(within(jobs, jobTx), { job, open, runId: null }, [finding]);
  });

function findingOf(job: StoredJob, defaults: AlertRules, lists: readonly LastWhole[], now: Date): Finding | undefined {
  const { runs_empty } = activeRules(defaults, job.configuration.alerts);
  return runs_empty && emptyingWithin(runs_empty.days, job, lists, now);
}

/** What of it is to be told so many days before. Undefined for a job that has sent nobody yet. */
export function emptyingWithin(
  days: number,
  { state }: Pick<StoredJob, 'state'>,
  lists: readonly LastWhole[],
  now: Date,
): Finding | undefined {
  const list = emptyFirst(lists);
  if (!list) return undefined;
  const job = { condition: conditionOf(state), wakesAt: state.sleepUntil, troubledSince: state.errors?.since ?? null };
  return checkRunsEmpty({ days }, list, job, now);
}
