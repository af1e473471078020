/** What the storage in memory answers: the queries of `src/store/repositories`, on rows in memory. */
import { conditionOf, LONGEST_WAIT_MS } from '../../src/contracts/job-display.ts';
import {
  type AlertsOfJob,
  type Incomplete,
  QUEUING_ACTIONS,
  REPORTED_CONDITIONS,
  type StoredJob,
  type StoredRun,
  type WantedAudience,
} from '../../src/contracts/job-store.ts';
import { system } from '../../src/contracts/people.ts';
import { foldRun, type OpenUpload, openUploadsOf, type RunState } from '../../src/contracts/run-state.ts';
import { notFound } from '../../src/store/repositories/repository-errors.ts';
import type { MemoryTransaction, RunRow } from './database.ts';

type Rows = Pick<MemoryTransaction, 'get' | 'values' | 'entries'>;

export const isActive = ({ status }: Pick<RunRow, 'status'>) => status === 'queued' || status === 'running';

export function jobOf(rows: Rows, id: string): StoredJob {
  const job = rows.get('jobs', id);
  if (!job) throw notFound('job', id);
  return job;
}

export function runOf(rows: Rows, id: string): RunRow {
  const run = rows.get('runs', id);
  if (!run) throw notFound('run', id);
  return run;
}

export function storedRun(row: RunRow): StoredRun {
  const { last_write_at: _, waives_guard, stop_requested, forbidden, events: __, at_line, ...summary } = row;
  return {
    id: row.id,
    jobId: row.job_id,
    status: row.status,
    trigger: row.trigger,
    waivesGuard: waives_guard,
    stopRequested: stop_requested,
    forbidden,
    atLine: at_line,
    summary: {
      ...summary,
      queued_at: row.queued_at.toISOString(),
      ended_at: row.ended_at?.toISOString() ?? null,
    },
    progress: null,
  };
}

/** Newest first: by the time of queueing, then by the id. */
const byAge = (a: RunRow, b: RunRow) =>
  b.queued_at.getTime() - a.queued_at.getTime() || (a.id < b.id ? 1 : -1);

export const runsOfJob = (rows: Rows, jobId: string): RunRow[] =>
  rows
    .values('runs')
    .filter(({ job_id }) => job_id === jobId)
    .sort(byAge);

export function dueJobs(rows: Rows, now: Date, limit: number): string[] {
  const tooFar = now.getTime() + LONGEST_WAIT_MS;
  return rows
    .values('jobs')
    .filter(({ state }) => {
      if (state.status !== 'sleeping' || !state.sleepUntil) return false;
      const until = state.sleepUntil.getTime();
      return until <= now.getTime() || (conditionOf(state) === 'waiting' && until > tooFar);
    })
    .sort((a, b) => a.state.sleepUntil!.getTime() - b.state.sleepUntil!.getTime())
    .slice(0, limit)
    .map(({ id }) => id);
}

export function nextWake(rows: Rows): Date | undefined {
  const times = rows
    .values('jobs')
    .flatMap(({ state }) =>
      state.status === 'sleeping' && state.sleepUntil ? [state.sleepUntil.getTime()] : [],
    );
  return times.length > 0 ? new Date(Math.min(...times)) : undefined;
}

export const jobsOfAudiences = (rows: Rows, audienceIds: readonly string[]) =>
  rows
    .values('jobs')
    .filter(
      ({ audienceId, state }) =>
        audienceId !== null && audienceIds.includes(audienceId) && state.status !== 'killed',
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ id, name, audienceId }) => ({ id, name, audienceId: audienceId ?? '' }));

export function runsWithoutWorker(rows: Rows, dbNow: number, limit: number) {
  return rows
    .values('runs')
    .filter(isActive)
    .filter(({ id }) => (rows.get('leases', `run:${id}`)?.expiresAt ?? 0) <= dbNow)
    .sort((a, b) => -byAge(a, b))
    .slice(0, limit)
    .map(({ id, status }) => ({ id, status: status as 'queued' | 'running' }));
}

export function runsWithoutConclusion(rows: Rows, limit: number): string[] {
  const awaited = rows
    .values('jobs')
    .filter(({ state }) => state.status === 'runnable')
    .flatMap(({ id }) => runsOfJob(rows, id).slice(0, 1))
    .filter((run) => !isActive(run));
  const ended = rows
    .values('runs')
    .filter(
      ({ stop_requested, status }) =>
        stop_requested === 'end' && (status === 'interrupted' || status === 'failed'),
    );
  return [...new Set([...awaited, ...ended].map(({ id }) => id))].sort().slice(0, limit);
}

export function runsGoingOnSince(rows: Rows, before: Date) {
  return rows
    .values('runs')
    .flatMap((run) => {
      const job = run.job_id === null ? undefined : rows.get('jobs', run.job_id);
      if (!job || !['queued', 'running', 'failed', 'interrupted'].includes(run.status)) return [];
      const { state } = job;
      if (!['running', 'retrying'].includes(conditionOf(state))) return [];
      if (state.sleepUntil && state.slot && state.sleepUntil >= state.slot) return [];
      if (run.queued_at >= before) return [];
      if (runsOfJob(rows, job.id).some((later) => later.queued_at > run.queued_at)) return [];
      return [{ runId: run.id, jobId: job.id, since: run.queued_at }];
    })
    .sort((a, b) => a.since.getTime() - b.since.getTime());
}

/** Whether a run makes its job incomplete, as in `src/store/repositories/incomplete-runs.ts`. */
function leavesIncomplete(rows: Rows, job: StoredJob, part: RunRow): boolean {
  if (part.job_id !== job.id || part.at_line !== 'part' || isActive(part)) return false;
  if (part.ad_account_id !== job.configuration.adaccount_id || part.audience_id !== job.audienceId)
    return false;
  return !rows
    .values('runs')
    .some(
      (later) =>
        isLater(later, part) &&
        isSameAudience(later, part) &&
        (later.job_id === part.job_id || (later.status === 'succeeded' && later.mode === 'replace')),
    );
}

const isLater = (later: RunRow, than: RunRow): boolean =>
  later.last_write_at !== null && than.last_write_at !== null && later.last_write_at > than.last_write_at;

/** As in SQL, an unknown audience is the same as none. */
const isSameAudience = (a: RunRow, b: RunRow): boolean =>
  a.ad_account_id === b.ad_account_id && a.audience_id !== null && a.audience_id === b.audience_id;

function partsOf(rows: Rows, jobIds: readonly string[]): { job: StoredJob; part: RunRow }[] {
  return jobIds.flatMap((id) => {
    const job = rows.get('jobs', id);
    if (!job) return [];
    return runsOfJob(rows, id)
      .filter((part) => leavesIncomplete(rows, job, part))
      .map((part) => ({ job, part }));
  });
}

export function incompleteOf(rows: Rows, jobIds: readonly string[]): Map<string, Incomplete> {
  const found = new Map<string, Incomplete>();
  const parts = partsOf(rows, jobIds).sort(
    (a, b) =>
      (b.part.last_write_at?.getTime() ?? 0) - (a.part.last_write_at?.getTime() ?? 0) ||
      (a.part.id < b.part.id ? 1 : -1),
  );
  for (const { job, part } of parts) {
    if (found.has(job.id)) continue;
    found.set(job.id, {
      runId: part.id,
      sent: part.uploaded ?? 0,
      total: part.unique ?? 0,
      endedAt: part.ended_at!,
    });
  }
  return found;
}

export function continuableRuns(rows: Rows, jobIds: readonly string[]): Set<string> {
  const found = partsOf(rows, jobIds).filter(({ part }) => {
    if (part.forbidden) return false;
    if (part.status === 'failed' && part.error !== null && !part.error.resumable) return false;
    const others = rows.values('runs').filter(({ id }) => id !== part.id);
    return !others.some(
      (other) =>
        (other.job_id === part.job_id && other.queued_at > part.queued_at) ||
        (isLater(other, part) && isSameAudience(other, part)),
    );
  });
  return new Set(found.map(({ part }) => part.id));
}

export function lastReplace(rows: Rows, adAccountId: string, audienceId: string) {
  const [last] = rows
    .values('runs')
    .filter(
      (run) =>
        run.ad_account_id === adAccountId &&
        run.audience_id === audienceId &&
        run.status === 'succeeded' &&
        run.mode === 'replace',
    )
    .sort((a, b) => (b.ended_at?.getTime() ?? 0) - (a.ended_at?.getTime() ?? 0));
  if (!last?.ended_at) return undefined;
  return { runId: last.id, unique: last.unique ?? 0, at: last.ended_at.toISOString() };
}

export function sizesBefore(rows: Rows, runId: string, runs: number, _delivery = 1): number[] {
  const jobId = rows.get('runs', runId)?.job_id;
  if (!jobId) return [];
  return runsOfJob(rows, jobId)
    .filter(({ id, status, unique }) => id !== runId && status === 'succeeded' && unique !== null)
    .slice(0, runs)
    .map(({ unique }) => unique ?? 0);
}

export const alertsOf = (rows: Rows, jobId: string): AlertsOfJob => ({
  // Nobody sets them here.
  defaults: {},
  open: rows.values('alerts').filter((alert) => alert.jobId === jobId),
});

export const madeAudience = (rows: Rows, adAccountId: string, audienceId: string): boolean =>
  rows.values('runs').some((run) => {
    if (run.ad_account_id !== adAccountId || run.audience_id !== audienceId) return false;
    const [begin] = rows.get('events', run.id) ?? [];
    return begin?.type === 'started' && begin.request.audienceId === null;
  });

export function openUploads(rows: Rows, { runId, audienceId, request }: RunState): OpenUpload[] {
  const written = rows
    .values('runs')
    .filter(
      (run) =>
        run.id !== runId &&
        run.ad_account_id === request.adAccountId &&
        audienceId !== null &&
        run.audience_id === audienceId &&
        run.last_write_at !== null,
    );
  const [last] = written.sort(
    (a, b) => b.last_write_at!.getTime() - a.last_write_at!.getTime() || (a.id < b.id ? 1 : -1),
  );
  return last ? openUploadsOf(foldRun(rows.get('events', last.id) ?? [])) : [];
}

export const unansweredCreation = (
  rows: Rows,
  { jobId, adAccountId, audienceName }: WantedAudience,
): string | undefined =>
  runsOfJob(rows, jobId).find(
    (run) =>
      run.at_line === 'part' &&
      run.audience_id === null &&
      run.ad_account_id === adAccountId &&
      run.audience_name === audienceName,
  )?.id;

export function supersededBy(rows: Rows, state: RunState): string | undefined {
  if (state.audienceId === null) return undefined;
  const since = new Date(state.lastWriteAt ?? state.startedAt);
  const [later] = rows
    .values('runs')
    .filter(
      (run) =>
        run.id !== state.runId &&
        run.ad_account_id === state.request.adAccountId &&
        run.audience_id === state.audienceId &&
        run.last_write_at !== null &&
        run.last_write_at > since,
    )
    .sort((a, b) => b.last_write_at!.getTime() - a.last_write_at!.getTime());
  return later?.id;
}

const allTransitions = (rows: Rows) => rows.values('transitions').flat();

export function wasRequestedByPerson(rows: Rows, runId: string): boolean {
  const [last] = allTransitions(rows)
    .filter((entry) => entry.runId === runId && QUEUING_ACTIONS.includes(entry.action))
    .sort((a, b) => b.id - a.id);
  return last !== undefined && last.actor.id !== system.id;
}

export function hadProblemSinceSuccess(rows: Rows, jobId: string): boolean {
  const last = (rows.get('transitions', jobId) ?? []).findLast(
    ({ action, to, condition }) =>
      action === 'run_succeeded' ||
      action === 'incomplete' ||
      (action === 'run_failed' && (to === 'failed' || REPORTED_CONDITIONS.includes(condition))),
  );
  return last !== undefined && last.action !== 'run_succeeded';
}

export const hasTransition = (
  rows: Rows,
  jobId: string,
  action: string,
  runId: string,
  since = new Date(0),
): boolean =>
  (rows.get('transitions', jobId) ?? []).some(
    (entry) => entry.action === action && entry.runId === runId && entry.at >= since,
  );
