/** Jobs as lists and their pages show them. */
import { type JobAction, type JobView, jobAction, scheduleOf } from '../../contracts/jobs.ts';
import { conditionOf } from '../../jobs/condition.ts';
import { transition } from '../../jobs/states.ts';
import { listAuthorizations } from '../../store/authorizations.ts';
import { lastRunsOf, recentSizesOf } from '../../store/job-runs.ts';
import { describeJob, type StoredJob } from '../../store/jobs.ts';
import type { ServiceDeps } from '../deps.ts';

const RECENT = 14;

export async function viewsOf(deps: ServiceDeps, jobs: readonly StoredJob[]): Promise<JobView[]> {
  const ids = jobs.map((job) => job.id);
  const lastRuns = await lastRunsOf(deps.db, ids);
  const sizes = await recentSizesOf(deps.db, ids, RECENT);
  const labels = new Map((await listAuthorizations(deps.db)).map(({ id, label }) => [id, label]));
  return jobs.map((job) => ({
    ...describeJob(job),
    condition: conditionOf(job.state),
    incomplete_at_line: null,
    authorization_label: labels.get(job.authorizationId) ?? job.authorizationId,
    source_label: job.sourceAuthorizationId && (labels.get(job.sourceAuthorizationId) ?? null),
    next_run_at: job.state.sleepUntil?.toISOString() ?? null,
    last_run: lastRuns.get(job.id) ?? null,
    recent_sizes: sizes.get(job.id) ?? [],
    actions: possibleActions(deps, job),
  }));
}

/** What the state machine would not refuse now. */
function possibleActions({ now, jobs }: ServiceDeps, job: StoredJob): JobAction[] {
  const facts = {
    now: now(),
    schedule: scheduleOf(job.configuration),
    unfinishedRun: false,
    runSince: null,
    retryLimitMs: jobs.retryLimitMs,
  };
  return jobAction.options.filter((type) => {
    try {
      transition(job.state, { type }, facts);
      return true;
    } catch {
      return false;
    }
  });
}
