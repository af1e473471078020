/** Use cases of alerts: list them, and look regularly for those that no run of the job begins or ends. */
import type { Alerts } from '../contracts/use-cases.ts';
import { endObsoleteAlerts, isObsolete, reportUnfinished } from '../jobs/alerts.ts';
import { within } from '../jobs/context.ts';
import { missedDeadline, reportMissedDeadline } from '../jobs/deadline.ts';
import { isReadable } from '../jobs/readable.ts';
import { jobsToWatch, listAlerts, openAlertsByJob } from '../store/repositories/alerts.ts';
import { jobsWithDeadline } from '../store/repositories/trigger-jobs.ts';
import { numberedPage } from './cursors.ts';
import type { UseCaseDeps } from './deps.ts';
import { readSettings } from './settings.ts';

export const alertUseCases = ({ db }: UseCaseDeps): Alerts => ({
  list: ({ job_id: jobId, open, ...page }) =>
    numberedPage(
      page,
      (limit, before) =>
        listAlerts(db, { jobId, isOpen: open === undefined ? undefined : open === 'true' }, limit, before),
      ({ id }) => id,
    ),
});

/** No rule has a shorter time. */
const LEAST_MS = 5 * 60_000;

/** Reports late and slow runs and missed deadlines, and ends alerts whose rule is off or whose job is terminated. */
export async function watchAlerts({ db, jobs, now }: UseCaseDeps, signal: AbortSignal): Promise<void> {
  const defaults = (await readSettings(db)).alerts;
  const hasTimeRule = [defaults.late, defaults.slow].some((rule) => rule?.action === 'warn');
  const before = new Date(now().getTime() - LEAST_MS);
  for (const id of await jobsToWatch(db, before, hasTimeRule)) {
    signal.throwIfAborted();
    await jobs.store.transaction(async (tx) => reportUnfinished(within(jobs, tx), await tx.lockJob(id)));
  }
  const alerts = await openAlertsByJob(db);
  for (const job of await jobsWithDeadline(db)) {
    signal.throwIfAborted();
    const isTold = alerts.get(job.id)?.open.includes('late') ?? false;
    if (isTold || !isReadable(job) || !missedDeadline(job, now())) continue;
    await jobs.store.transaction(async (tx) => reportMissedDeadline(within(jobs, tx), await tx.lockJob(job.id)));
  }
  for (const [id, { open, ...job }] of alerts) {
    signal.throwIfAborted();
    if (!open.some((rule) => isObsolete(job, defaults, rule))) continue;
    await jobs.store.transaction(async (tx) => endObsoleteAlerts(within(jobs, tx), await tx.lockJob(id)));
  }
}
