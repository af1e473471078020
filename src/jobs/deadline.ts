/** The deadline of a trigger: an alert begins when nothing has come on a day by then, and ends when it comes. */

import type { StoredJob } from '../contracts/job-store.ts';
import { isOfDeadline } from '../domain/alerts/alerts.ts';
import type { Finding } from '../domain/alerts/checks.ts';
import type { Schedule } from '../domain/schedule/schedule.ts';
import { triggerOf } from '../domain/schedule/triggers/index.ts';
import { moment, sentence } from '../domain/text/sentence.ts';
import { type AlertContext, applyFindings } from './alerts.ts';
import { slotsUntil } from './schedule.ts';

const MINUTE = 60_000;
/** A daily time comes at least once in it, whatever the clocks do. */
const TWO_DAYS = 48 * 60 * MINUTE;

type Watched = Pick<StoredJob, 'configuration' | 'state'>;

/** The latest deadline that has passed without anything on its day; undefined when there is none. */
export function missedDeadline({ configuration, state }: Watched, now: Date): Date | undefined {
  const by = triggerOf(configuration)?.deadline;
  const { timezone } = configuration;
  if (!by || timezone === null || !state.trigger) return undefined;
  const latest = (time_of_day: string, until: Date): Date => {
    const daily: Schedule = { run_frequency: 'daily', time_of_day, timezone };
    return slotsUntil(daily, new Date(until.getTime() - TWO_DAYS), until).at(-1)!;
  };
  const deadline = latest(by, now);
  const { firedAt, setAt } = state.trigger;
  // A deadline at midnight is the end of a day.
  const since = latest('00:00', new Date(deadline.getTime() - 1));
  return (firedAt ?? setAt) < since && setAt < since ? deadline : undefined;
}

/** Tells that nothing has come. Only for a job that a person has not stopped. */
export async function reportMissedDeadline(context: AlertContext, job: StoredJob): Promise<void> {
  const { status } = job.state;
  const deadline = missedDeadline(job, context.now);
  if (!deadline || (status !== 'sleeping' && status !== 'runnable')) return;
  const { open } = await context.tx.alertsOf(job.id);
  if (open.some(({ rule }) => rule === 'late')) return;
  const measured = Math.floor((context.now.getTime() - deadline.getTime()) / MINUTE);
  const finding: Finding = {
    rule: 'late',
    isBroken: true,
    threshold: 0,
    measured,
    what: sentence`What this job waits for has not come by ${moment(deadline)}.`,
  };
  await applyFindings(context, { job, open, runId: null }, [finding]);
}

/** Something has come. */
export async function endMissedDeadline(context: AlertContext, job: StoredJob): Promise<void> {
  const { open } = await context.tx.alertsOf(job.id);
  const alert = open.find(isOfDeadline);
  if (!alert) return;
  const finding: Finding = { ...alert, isBroken: false, what: sentence`What this job waits for has come.` };
  await applyFindings(context, { job, open, runId: null }, [finding]);
}
