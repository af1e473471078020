/** What the storage in memory answers: the queries of `src/store/repositories`, on rows in memory. */

import type {
  AlertsOfJob,
  Incomplete,
  StoredJob,
  StoredRun,
  UnseenSuccess,
  WantedAudience,
} from '../../src/contracts/job-store.ts';
import { conditionOf, LONGEST_WAIT_MS, REPORTED_CONDITIONS } from '../../src/domain/jobs/conditions.ts';
import {
  deliveryOf,
  foldRun,
  isActive,
  isUnsettled,
  jobIdsIn,
  type OpenUpload,
  openReplacesOf,
  openUploadsOf,
  othersSince,
  type RunState,
} from '../../src/domain/runs/run-state.ts';
import { afterJobOf } from '../../src/domain/schedule/triggers/index.ts';
import { leaseOfRun } from '../../src/jobs/run-journals.ts';
import { notFound } from '../../src/store/repositories/repository-errors.ts';
import type { DeliveryRow, MemoryTransaction, RunRow } from './database.ts';

export type Rows = Pick<MemoryTransaction, 'get' | 'values' | 'entries'>;

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
  const { last_write_at: _, approval, stop_requested, forbidden, events: __, at_line, ...rest } = row;
  const { deliveries, cause, ...summary } = rest;
  return {
    id: row.id,
    jobId: row.job_id,
    status: row.status,
    trigger: row.trigger,
    approval,
    stopRequested: stop_requested,
    forbidden,
    atLine: at_line,
    summary: {
      ...summary,
      ...(cause && { trigger: 'data', cause }),
      queued_at: row.queued_at.toISOString(),
      ended_at: row.ended_at?.toISOString() ?? null,
      ...(deliveries.length > 1 && { siblings: deliveries.slice(1).map(summaryOf) }),
    },
    progress: null,
  };
}

/** Nobody watches LINE's matching here. */
const summaryOf = ({ last_write_at: _, at_line: __, renews: ___, ...summary }: DeliveryRow) => ({
  ...summary,
  matching_status: null,
  matching_size: null,
  matching_at: null,
});

/** A delivery with its run. */
export interface Delivered {
  readonly run: RunRow;
  readonly delivery: DeliveryRow;
}

/** The deliveries of all runs to an audience. */
export const deliveriesTo = (rows: Rows, adAccountId: string, audienceId: string | null): Delivered[] =>
  rows
    .values('runs')
    .filter((run) => run.ad_account_id === adAccountId)
    .flatMap((run) => run.deliveries.map((delivery) => ({ run, delivery })))
    .filter(({ delivery }) => audienceId !== null && delivery.audience_id === audienceId);

/** Newest first: by the time of queueing, then by the id. */
const byAge = (a: RunRow, b: RunRow) => b.queued_at.getTime() - a.queued_at.getTime() || (a.id < b.id ? 1 : -1);

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
      return until <= now.getTime() || (conditionOf(state) === 'waiting' && state.errors && until > tooFar);
    })
    .sort((a, b) => a.state.sleepUntil!.getTime() - b.state.sleepUntil!.getTime())
    .slice(0, limit)
    .map(({ id }) => id);
}

export const sleepingJobs = (rows: Rows, after: Date): StoredJob[] =>
  rows
    .values('jobs')
    .filter(({ state }) => state.status === 'sleeping' && (state.sleepUntil ?? after) > after)
    .sort((a, b) => compare(a.id, b.id));

export const unseenSuccesses = (rows: Rows, limit: number): UnseenSuccess[] =>
  rows
    .values('jobs')
    .sort((a, b) => compare(a.id, b.id))
    .flatMap(({ id, configuration, state, part }) => {
      const trigger = afterJobOf(configuration);
      const other = trigger && state.status !== 'killed' && rows.get('jobs', trigger.job_id);
      if (!other) return [];
      // A part waits for the last scan that has seen its value.
      const isAwaited = (run: RunRow) => !part || (part.of === other.id && part.run === run.id);
      const last = runsOfJob(rows, other.id).find((run) => run.status === 'succeeded' && isAwaited(run));
      const at = last?.queued_at;
      const seen = state.trigger?.seen ?? null;
      return at && (seen === null || seen < at.toISOString())
        ? [{ jobId: id, awaited: { id: other.id, name: other.name }, at }]
        : [];
    })
    .slice(0, limit);

export function nextWake(rows: Rows, after?: Date): Date | undefined {
  const times = rows
    .values('jobs')
    .flatMap(({ state }) => (state.status === 'sleeping' && state.sleepUntil ? [state.sleepUntil.getTime()] : []))
    .filter((time) => !after || time > after.getTime());
  return times.length > 0 ? new Date(Math.min(...times)) : undefined;
}

/** The ids of all audiences of a job; null for one that is not there yet. */
const audienceIdsOf = ({ audienceId, siblingAudienceIds }: StoredJob) => [audienceId, ...siblingAudienceIds];

export const jobsOfAudiences = (rows: Rows, audienceIds: readonly string[]) =>
  rows
    .values('jobs')
    .filter(({ state }) => state.status !== 'killed')
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((job) =>
      audienceIdsOf(job).flatMap((audienceId) =>
        audienceId !== null && audienceIds.includes(audienceId) ? [{ id: job.id, name: job.name, audienceId }] : [],
      ),
    );

export function runsWithoutWorker(rows: Rows, dbNow: number, limit: number) {
  return rows
    .values('runs')
    .filter(isActive)
    .filter(({ id }) => (rows.get('leases', leaseOfRun(id))?.expiresAt ?? 0) <= dbNow)
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
      ({ stop_requested, status }) => stop_requested === 'end' && (status === 'interrupted' || status === 'failed'),
    );
  const untold = rows.values('jobs').flatMap((job) => {
    const [last] = runsOfJob(rows, job.id);
    if (!last || ['running', 'retrying'].includes(conditionOf(job.state))) return [];
    const isTold = hasTransition(rows, job.id, 'incomplete', last.id, last.ended_at ?? undefined);
    return leavesIncomplete(rows, job, last) && !isTold ? [last] : [];
  });
  return [...new Set([...awaited, ...ended, ...untold].map(({ id }) => id))].sort().slice(0, limit);
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
      const since = new Date(Math.max(run.queued_at.getTime(), Date.parse(run.approval?.at ?? '') || 0));
      if (since >= before) return [];
      if (runsOfJob(rows, job.id).some((later) => later.queued_at > run.queued_at)) return [];
      return [{ runId: run.id, jobId: job.id, since }];
    })
    .sort((a, b) => a.since.getTime() - b.since.getTime());
}

/** Whether a run makes its job incomplete, as in `src/store/repositories/incomplete-runs.ts`. */
function leavesIncomplete(rows: Rows, job: StoredJob, part: RunRow): boolean {
  if (part.job_id !== job.id || part.at_line !== 'part' || isActive(part)) return false;
  if (part.ad_account_id !== job.configuration.adaccount_id) return false;
  return unfinishedOf(part).some(
    (delivery) =>
      (audienceIdsOf(job).includes(delivery.audience_id) || isSuccessor(rows, job, delivery)) &&
      !laterWrites(rows, part, delivery).some(
        ({ run }) => run.job_id === part.job_id || (run.status === 'succeeded' && run.mode === 'replace'),
      ),
  );
}

/** Whether the audience of a delivery is what the job is to fill in the place of one that it has. */
const isSuccessor = (rows: Rows, job: StoredJob, { renews, audience_id }: DeliveryRow): boolean =>
  renews !== null &&
  audienceIdsOf(job).includes(renews) &&
  renewalOf(rows, job.id, renews)?.delivery.audience_id === audience_id;

/** The newest run that has begun to renew an audience of a job. */
export function renewalOf(rows: Rows, jobId: string, audienceId: string): Delivered | undefined {
  for (const run of runsOfJob(rows, jobId)) {
    const delivery = run.deliveries.find(({ renews }) => renews === audienceId);
    if (delivery) return { run, delivery };
  }
  return undefined;
}

const unfinishedOf = ({ deliveries }: RunRow): DeliveryRow[] => deliveries.filter(({ at_line }) => at_line !== 'whole');

/** The deliveries of other runs that wrote to the audience of this one after it. */
function laterWrites(rows: Rows, run: RunRow, delivery: DeliveryRow): Delivered[] {
  const since = delivery.last_write_at ?? run.started_at ?? '';
  return deliveriesTo(rows, run.ad_account_id ?? '', delivery.audience_id).filter(
    (later) => later.run.id !== run.id && later.delivery.last_write_at !== null && later.delivery.last_write_at > since,
  );
}

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
      sent: sumOf(part.deliveries, 'uploaded'),
      total: sumOf(part.deliveries, 'unique'),
      endedAt: part.ended_at!,
      continuable: isContinuable(rows, part),
    });
  }
  return found;
}

const sumOf = (deliveries: readonly DeliveryRow[], key: 'uploaded' | 'unique'): number =>
  deliveries.reduce((sum, delivery) => sum + (delivery[key] ?? 0), 0);

function isContinuable(rows: Rows, part: RunRow): boolean {
  if (part.forbidden) return false;
  if (part.status === 'failed' && part.error !== null && !part.error.resumable) return false;
  return !(
    rows
      .values('runs')
      .some((run) => run.id !== part.id && run.job_id === part.job_id && run.queued_at > part.queued_at) ||
    unfinishedOf(part).some((delivery) => laterWrites(rows, part, delivery).length > 0)
  );
}

export function lastReplace(rows: Rows, adAccountId: string, audienceId: string) {
  const [last] = deliveriesTo(rows, adAccountId, audienceId)
    .filter(
      ({ run, delivery }) => (run.status === 'succeeded' || delivery.at_line === 'whole') && run.ended_at !== null,
    )
    .filter(({ run }) => run.mode === 'replace')
    .sort((a, b) => compare(b.delivery.last_write_at ?? '', a.delivery.last_write_at ?? ''));
  if (!last?.run.ended_at) return undefined;
  return { runId: last.run.id, unique: last.delivery.unique ?? 0, at: last.run.ended_at.toISOString() };
}

export function sizesBefore(rows: Rows, runId: string, runs: number, delivery = 1): number[] {
  const run = rows.get('runs', runId);
  if (!run?.job_id) return [];
  const own = run.deliveries.find((sent) => sent.delivery === delivery);
  const to = own?.audience_id ?? null;
  return runsOfJob(rows, run.job_id)
    .filter(({ id, status }) => id !== runId && status === 'succeeded')
    .flatMap(({ deliveries }) =>
      delivery === 1
        ? deliveries.slice(0, 1)
        : deliveries.filter(
            (sent) => to !== null && sent.audience_id === to && !isOfAnotherSharer(sent, own!, deliveries),
          ),
    )
    .flatMap(({ unique }) => unique ?? [])
    .slice(0, runs);
}

/** Whether a delivery shared its audience with others of its run, and had another identifier than this one. */
const isOfAnotherSharer = (sent: DeliveryRow, own: DeliveryRow, all: readonly DeliveryRow[]): boolean =>
  all.some((beside) => beside !== sent && beside.audience_id === sent.audience_id) &&
  (sent.identifier_type !== own.identifier_type || sent.id_field !== own.id_field);

export const alertsOf = (rows: Rows, jobId: string): AlertsOfJob => ({
  // Nobody sets them here.
  defaults: {},
  open: rows.values('alerts').filter((alert) => alert.jobId === jobId),
});

export const madeAudience = (rows: Rows, adAccountId: string, audienceId: string): boolean =>
  deliveriesTo(rows, adAccountId, audienceId).some(({ run, delivery }) => {
    const [begin] = rows.get('events', run.id) ?? [];
    if (begin?.type !== 'started') return false;
    return deliveryOf(foldRun([begin]), delivery.delivery).request.audienceId === null;
  });

export function openUploads(rows: Rows, { runId, audienceId, request }: RunState): OpenUpload[] {
  const written = writesTo(rows, request.adAccountId, audienceId, runId);
  const last = written.filter(({ run }) => run.id === written[0]?.run.id);
  last.sort((a, b) => a.delivery.delivery - b.delivery.delivery);
  return last.flatMap(({ run, delivery }) =>
    openUploadsOf(deliveryOf(foldRun(rows.get('events', run.id) ?? []), delivery.delivery)),
  );
}

export function jobIdsOfOthers(rows: Rows, state: RunState): string[] | null {
  const others = writesTo(rows, state.request.adAccountId, state.audienceId, state.runId)
    .filter(({ at }) => at >= othersSince(state).toISOString())
    .map(({ run, delivery }) => deliveryOf(foldRun(rows.get('events', run.id) ?? []), delivery.delivery));
  return others.some(isUnsettled) ? null : others.flatMap(jobIdsIn);
}

export const openReplaces = (rows: Rows, adAccountId: string): RunState[] =>
  rows
    .values('runs')
    .filter((run) => run.ad_account_id === adAccountId && run.at_line === 'part')
    .flatMap(({ id }) => openReplacesOf(foldRun(rows.get('events', id) ?? [])))
    .filter(({ runId, audienceId, lastWriteAt }) => {
      const [last] = writesTo(rows, adAccountId, audienceId, runId);
      return !last || last.at <= (lastWriteAt ?? '');
    });

/** The deliveries of other runs that wrote to an audience, the latest first. */
const writesTo = (
  rows: Rows,
  adAccountId: string,
  audienceId: string | null,
  without: string,
): (Delivered & { readonly at: string })[] =>
  deliveriesTo(rows, adAccountId, audienceId)
    .flatMap(({ run, delivery }) =>
      run.id !== without && delivery.last_write_at !== null ? [{ run, delivery, at: delivery.last_write_at }] : [],
    )
    .sort((a, b) => compare(b.at, a.at) || compare(b.run.id, a.run.id));

export const latestOfOthers = (rows: Rows, { runId, audienceId, request }: RunState): string | undefined =>
  deliveriesTo(rows, request.adAccountId, audienceId)
    .filter(({ run }) => run.id !== runId)
    .flatMap(({ run, delivery }) => [run.started_at, delivery.last_write_at])
    .filter((at) => at !== null)
    .sort()
    .at(-1);

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

export const unansweredCreation = (rows: Rows, wanted: WantedAudience): string | undefined =>
  runsOfJob(rows, wanted.jobId).find((run) => isUnanswered(run, wanted))?.id;

const isUnanswered = (run: RunRow, { adAccountId, audienceName }: Omit<WantedAudience, 'jobId'>): boolean =>
  run.ad_account_id === adAccountId &&
  run.deliveries.some(
    (delivery) =>
      delivery.at_line === 'part' && delivery.audience_id === null && delivery.audience_name === audienceName,
  );

export function mayBeMade(rows: Rows, { runId, request: { adAccountId, audienceName } }: RunState): boolean {
  const jobId = rows.get('runs', runId)?.job_id ?? null;
  if (jobId === null || audienceName === null) return false;
  return runsOfJob(rows, jobId).some((run) => run.id !== runId && isUnanswered(run, { adAccountId, audienceName }));
}

export const supersededBy = (rows: Rows, state: RunState): string | undefined =>
  writesTo(rows, state.request.adAccountId, state.audienceId, state.runId).find(
    ({ at }) => at > (state.lastWriteAt ?? state.startedAt),
  )?.run.id;

export function hadProblemSinceSuccess(rows: Rows, jobId: string): boolean {
  const last = (rows.get('transitions', jobId) ?? []).findLast(
    ({ action, to, condition }) =>
      action === 'run_succeeded' ||
      action === 'incomplete' ||
      (action === 'run_failed' && (to === 'failed' || REPORTED_CONDITIONS.includes(condition))),
  );
  return last !== undefined && last.action !== 'run_succeeded';
}

export const hasTransition = (rows: Rows, jobId: string, action: string, runId: string, since = new Date(0)): boolean =>
  (rows.get('transitions', jobId) ?? []).some(
    (entry) => entry.action === action && entry.runId === runId && entry.at >= since,
  );
