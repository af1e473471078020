/** Follows a run of the service to its end, with the report and exit status of `export`. */

import { setTimeout as delay } from 'node:timers/promises';
import { calledAs } from '../../config/environment.ts';
import type { JobView } from '../../contracts/jobs.ts';
import type { RunDetail, RunProgress } from '../../contracts/run-progress.ts';
import type { RunSummary } from '../../contracts/runs.ts';
import { exitStatusOf, LineupError } from '../../domain/errors/errors.ts';
import { exitStatus } from '../../domain/errors/exit-status.ts';
import type { RunDocument } from '../../domain/runs/run.ts';
import { isActive } from '../../domain/runs/run-state.ts';
import type { ApiClient } from '../api/client.ts';
import type { ApiSession } from '../api/session.ts';
import { afterRun, type NextStep } from '../next-step.ts';
import { spelled } from '../options.ts';
import { print, printJson, printNotice } from '../output.ts';
import { progressDisplay } from '../progress.ts';
import { printedRun, printOutcome, reportRun } from '../report.ts';

/** Follows a run with a progress display. */
export async function watchWithProgress(session: ApiSession, runId: string): Promise<RunDetail> {
  const display = await progressDisplay();
  const onProgress = (progress: RunProgress) => display.report(progress);
  return watchRun(session, runId, { onProgress }).finally(display.end);
}

/** The whole outcome; undefined for a run that has not begun. */
export async function readReport(client: ApiClient, run: RunSummary): Promise<RunDocument | undefined> {
  if (run.started_at === null) return undefined;
  return client.call('GET /runs/:id/report', { params: { id: run.id } });
}

/**
 * Its job as it is now; undefined when it was deleted, or the service has gone away meanwhile: what the command had to
 * do is done.
 */
const jobOf = async (client: ApiClient, { job_id }: RunSummary): Promise<JobView | undefined> =>
  job_id === null ? undefined : client.call('GET /jobs/:id', { params: { id: job_id } }).catch(() => undefined);

/** How often a job is asked for after the end of its run, and ms between two times: half a minute in all. */
const LOOKS = 60;
const LOOK_EVERY_MS = 500;

/**
 * Its job after the service has decided what follows from the run: a moment after a run has failed, it may not have
 * done so yet.
 */
async function decidedJobOf(client: ApiClient, run: RunSummary): Promise<JobView | undefined> {
  for (let looks = 1; ; looks += 1) {
    const job = await jobOf(client, run);
    const isOpen = run.status === 'failed' && job?.status === 'runnable' && job.last_run?.id === run.id;
    if (!isOpen || looks === LOOKS) return job;
    await delay(LOOK_EVERY_MS);
  }
}

/** The next step after a run that has not succeeded. */
export async function nextOf(client: ApiClient, run: RunSummary, job?: JobView | undefined): Promise<NextStep | null> {
  if (!['failed', 'interrupted', 'stopped'].includes(run.status)) return null;
  const jobOfRun = job ?? (await jobOf(client, run));
  if (!jobOfRun) return null;
  const me = await client.call('GET /me').catch(() => undefined);
  return afterRun(jobOfRun, run, me?.operations.includes('jobs.act') ?? false);
}

/** Reports how a run ended, and sets the exit status by it. */
export async function finishRun(client: ApiClient, run: RunSummary, json: boolean): Promise<void> {
  const report = await readReport(client, run);
  const job = await decidedJobOf(client, run);
  const next = await nextOf(client, run, job);
  if (json) printJson(report ? printedRun(report, next) : run);
  else if (report) reportRun(report, next);
  else print(`Run ${run.id} was stopped before it started`);
  if (json && report) printOutcome(report, next);
  process.exitCode = exitStatusAfter(run, report, job);
}

function exitStatusAfter(run: RunSummary, report: RunDocument | undefined, job: JobView | undefined): number {
  const error = report?.error ?? run.error;
  if (!error) return run.status === 'stopped' || run.status === 'interrupted' ? exitStatus.interrupted : 0;
  const status = exitStatusOf(error.code);
  const isDecided = status === exitStatus.refused || status === exitStatus.interrupted;
  return job && !isDecided && triesAgain(job, run) ? exitStatus.retrying : status;
}

/** The service goes on by itself, and nobody has to correct anything first. */
const triesAgain = (job: JobView, { id }: RunSummary): boolean =>
  job.last_run?.id === id && job.status === 'sleeping' && job.waits_for === null && job.next_run_at !== null;

/** Failed connections in a row, about a minute. A service that restarts is back by then. */
const ATTEMPTS = 30;

export interface Watcher {
  readonly onProgress: (progress: RunProgress) => void;
  /** Ms between the loss of a connection and the next one. @default 2000 */
  readonly reconnectMs?: number;
}

/**
 * Follows a run until it ends, and reconnects when the connection is lost.
 * @returns the run as it ended
 * @throws {LineupError} `service_unreachable` when the service stays away for a minute; the reason of the signal
 */
export async function watchRun(
  { client, signal }: ApiSession,
  runId: string,
  { onProgress, reconnectMs = 2_000 }: Watcher,
): Promise<RunDetail> {
  const run = { params: { id: runId } };
  let after = '0';
  let latest: RunDetail | undefined;
  for (let failures = 0; ; failures += 1) {
    try {
      for await (const { id, data } of client.events('GET /runs/:id/events', run, after)) {
        after = id || after;
        failures = 0;
        if (data?.type === 'progress') onProgress(data.progress);
        if (data?.type === 'run') latest = data.run;
      }
    } catch (error) {
      signal.throwIfAborted();
      const passing = !(error instanceof LineupError) || error.retryable;
      if (!passing || failures >= ATTEMPTS) throw error;
      // Too many clients follow runs of this service: poll this run instead.
      if (error instanceof LineupError && error.code === 'too_many_requests') {
        latest = await client.call('GET /runs/:id', run);
        failures = 0;
      }
    }
    if (latest && !isActive(latest)) return latest;
    await delay(reconnectMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

export interface WaitFlags {
  readonly json?: boolean;
  /** In milliseconds. @default as long as it takes */
  readonly timeout?: number;
}

/**
 * Waits for the newest run of a job, reports it, and sets the exit status: `lineup jobs run --wait`, for schedulers and
 * pipelines that depend on exit statuses.
 */
export async function waitForRun(session: ApiSession, job: JobView, flags: WaitFlags): Promise<void> {
  const runId = job.last_run?.id;
  if (runId === undefined) throw new LineupError('run_not_found', 'The job has no run.');
  printNotice(`Run ${runId}; press Ctrl-C to stop waiting, the run continues`);
  await within(session, runId, flags, async (session) => {
    const run = await toItsEnd(session, job.id, runId);
    await finishRun(session.client, run, flags.json ?? false);
  });
}

/** Follows a run, reports it, and sets the exit status. */
export const followRun = (session: ApiSession, runId: string, flags: WaitFlags): Promise<void> =>
  within(session, runId, flags, async (session) =>
    finishRun(session.client, await watchWithProgress(session, runId), flags.json ?? false),
  );

/** Does the work with a session that ends after the time of the flags. @throws {LineupError} `wait_timed_out` */
async function within(
  session: ApiSession,
  runId: string,
  { timeout }: WaitFlags,
  work: (session: ApiSession) => Promise<void>,
): Promise<void> {
  if (timeout === undefined) return work(session);
  const [over, done] = [new AbortController(), new AbortController()];
  delay(timeout, undefined, { signal: done.signal }).then(
    () => over.abort(timedOut(runId, timeout)),
    // The work was done before.
    () => {},
  );
  const signal = AbortSignal.any([session.signal, over.signal]);
  await work({ client: session.client.until(signal), signal }).finally(() => done.abort());
}

const timedOut = (runId: string, timeout: number): LineupError =>
  new LineupError(
    'wait_timed_out',
    `Run ${runId} has not ended within ${spelled(timeout)}. It continues. Follow it with "${calledAs()} runs watch ${runId}".`,
  );

/**
 * A run is interrupted for a short time when its worker stops; another worker then continues it, or a new run takes its
 * place.
 */
async function toItsEnd(session: ApiSession, jobId: string, first: string): Promise<RunDetail> {
  for (let runId = first; ; ) {
    const run = await watchWithProgress(session, runId);
    if (run.status !== 'interrupted') return run;
    const { status, last_run } = await session.client.call('GET /jobs/:id', { params: { id: jobId } });
    if (status !== 'runnable') return run;
    runId = last_run?.id ?? runId;
  }
}
