/** Audiences that end: when they are renewed, and the alert that tells it before. */
import type { StoredJob } from '../contracts/job-store.ts';
import { activeRules } from '../domain/alerts/alerts.ts';
import { checkEnding, type Ending, endsFirst } from '../domain/alerts/ending.ts';
import { plannedRenewal } from '../domain/audiences/renewal.ts';
import { deliveriesOfJob } from '../domain/jobs/audiences.ts';
import { conditionOf } from '../domain/jobs/conditions.ts';
import { longestGapOf } from '../domain/schedule/longest-gap.ts';
import { scheduleOf } from '../domain/schedule/schedule.ts';
import { applyFindings } from '../jobs/alerts.ts';
import { within } from '../jobs/context.ts';
import { transaction } from '../store/database/database.ts';
import { openAlertsByJob } from '../store/repositories/alerts.ts';
import { type AudienceLife, jobsWithLives, livesOf } from '../store/repositories/audience-lives.ts';
import { getJobs } from '../store/repositories/jobs.ts';
import type { UseCaseDeps } from './deps.ts';
import { slotsOf } from './renewals.ts';
import { readSettings } from './settings.ts';

type EndingDeps = Pick<UseCaseDeps, 'db' | 'jobs' | 'now'>;

/** How many jobs are read at once. */
const TOGETHER = 200;

export interface EndingAudience extends Ending {
  readonly audienceId: string;
}

/** The audiences that a job fills now, and when each is renewed. Without those of which nobody knows the end. */
export function endingsOf(job: StoredJob, lives: readonly AudienceLife[], now: Date): EndingAudience[] {
  const schedule = scheduleOf(job.configuration);
  return deliveriesOfJob(job).flatMap(({ audienceId, configuration }) => {
    const life = lives.find((life) => life.jobId === job.id && life.audienceId === audienceId);
    if (audienceId === null || !life?.endsAt) return [];
    const { endsAt, name } = life;
    const plannedAt = plannedRenewal(endsAt, now, slotsOf(job), schedule && longestGapOf(schedule));
    return [{ audienceId, name: name ?? configuration.audience_name ?? audienceId, endsAt, plannedAt }];
  });
}

/** Begins and ends the alerts of jobs whose audiences end. */
export async function watchEnding(deps: EndingDeps, signal: AbortSignal): Promise<void> {
  const { db, now } = deps;
  const ids = await jobsWithLives(db);
  if (ids.length === 0) return;
  const alerts = await openAlertsByJob(db);
  const defaults = (await readSettings(db)).alerts;
  for (let from = 0; from < ids.length; from += TOGETHER) {
    const some = ids.slice(from, from + TOGETHER);
    const lives = await livesOf(db, some);
    for (const job of await getJobs(db, some)) {
      signal.throwIfAborted();
      const rule = activeRules(defaults, job.configuration.alerts).audience_ends;
      const finding = rule && findingOf(rule.days, job, lives, now());
      const isOpen = alerts.get(job.id)?.open.includes('audience_ends') ?? false;
      if (finding && (finding.isBroken || isOpen)) await report(deps, job.id);
    }
  }
}

/** A run may have ended since the job was read, so everything is read again. */
const report = ({ db, jobs, now }: EndingDeps, jobId: string): Promise<void> =>
  transaction(db, async (tx) => {
    const jobTx = jobs.store.within(tx);
    const job = await jobTx.lockJob(jobId);
    const { defaults, open } = await jobTx.alertsOf(jobId);
    const rule = activeRules(defaults, job.configuration.alerts).audience_ends;
    const finding = rule && findingOf(rule.days, job, await livesOf(tx, [jobId]), now());
    await applyFindings(within(jobs, jobTx), { job, open, runId: null }, [finding]);
  });

function findingOf(days: number, job: StoredJob, lives: readonly AudienceLife[], now: Date) {
  const first = endsFirst(endingsOf(job, lives, now));
  const about = { condition: conditionOf(job.state), hasSchedule: scheduleOf(job.configuration) !== undefined };
  return first && checkEnding(days, first, about, now);
}
