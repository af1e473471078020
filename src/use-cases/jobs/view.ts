/** Jobs as lists and their pages show them. */
import { conditionOf, waitsFor } from '../../contracts/job-condition.ts';
import { type IncompleteAtLine, type JobAction, type JobView, jobAction } from '../../contracts/jobs.ts';
import { noRun, transition } from '../../jobs/states.ts';
import { listAuthorizations } from '../../store/repositories/authorizations.ts';
import { continuableRuns, type Incomplete, incompleteOf } from '../../store/repositories/incomplete-runs.ts';
import { lastRunsOf, recentSizesOf } from '../../store/repositories/job-runs.ts';
import { describeJob, type StoredJob } from '../../store/repositories/jobs.ts';
import type { UseCaseDeps } from '../deps.ts';

const RECENT = 14;

export async function viewsOf(deps: UseCaseDeps, jobs: readonly StoredJob[]): Promise<JobView[]> {
  const ids = jobs.map((job) => job.id);
  const lastRuns = await lastRunsOf(deps.db, ids);
  const sizes = await recentSizesOf(deps.db, ids, RECENT);
  const incomplete = await incompleteOf(deps.db, ids);
  const continuable = await continuableRuns(deps.db, [...incomplete.keys()]);
  const labels = new Map((await listAuthorizations(deps.db)).map(({ id, label }) => [id, label]));
  return jobs.map((job) => {
    const part = incomplete.get(job.id);
    return {
      ...describeJob(job),
      condition: conditionOf(job.state),
      waits_for: waitsFor(job.state),
      incomplete_at_line: part ? asPart(part) : null,
      authorization_label: labels.get(job.authorizationId) ?? job.authorizationId,
      source_label: job.sourceAuthorizationId && (labels.get(job.sourceAuthorizationId) ?? null),
      next_run_at: job.state.sleepUntil?.toISOString() ?? null,
      last_run: lastRuns.get(job.id) ?? null,
      recent_sizes: [...(sizes.get(job.id) ?? []), ...(part ? [part.sent] : [])].slice(-RECENT),
      actions: possibleActions(deps, job, part !== undefined && continuable.has(part.runId)),
    };
  });
}

const asPart = ({ runId, sent, total }: Incomplete): IncompleteAtLine => ({ run_id: runId, sent, total });

/** What the state machine would not refuse now. */
function possibleActions({ now, jobs }: UseCaseDeps, job: StoredJob, continuable: boolean): JobAction[] {
  const facts = {
    now: now(),
    // No slot makes a difference to that, and those of a job that was paused for years would have to be counted.
    schedule: undefined,
    lastRun: { ...noRun, continuable },
    retryLimitMs: jobs.retryLimitMs,
  };
  return jobAction.options.filter((type) => {
    try {
      transition(job.state, { type }, facts);
      return true;
    } catch {
      // The refusal says why; here only whether is asked.
      return false;
    }
  });
}
