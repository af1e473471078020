/** Follows a run of the service to its end, with the report and exit status of `export`. */
import { setTimeout as delay } from 'node:timers/promises';
import { exitStatusOf, LineupError } from '../../contracts/errors.ts';
import type { JobView } from '../../contracts/jobs.ts';
import type { RunDocument } from '../../contracts/run.ts';
import type { RunDetail, RunProgress } from '../../contracts/run-progress.ts';
import type { RunSummary } from '../../contracts/runs.ts';
import type { ApiClient, ApiSession } from '../api/client.ts';
import { print, printJson, printNotice } from '../output.ts';
import { progressDisplay } from '../progress.ts';
import { type PrintedRun, printedRun, printOutcome, reportRun } from '../report.ts';

/** Follows a run with a progress display. */
export async function watchWithProgress(session: ApiSession, runId: string): Promise<RunDetail> {
  const display = await progressDisplay();
  const onProgress = (progress: RunProgress) => display.report(progress);
  return watchRun(session, runId, { onProgress }).finally(display.end);
}

/** The whole outcome; undefined for a run that has not begun. */
export async function readReport(client: ApiClient, run: RunSummary): Promise<PrintedRun | undefined> {
  if (run.started_at === null) return undefined;
  const report = await client.call('GET /runs/:id/report', { params: { id: run.id } });
  return printedRun(report, ({ judged }) => jobCommand(run, judged !== undefined));
}

/** A run of the service is continued through its job. @param refused a guard refused it, and a person can overrule that */
const jobCommand = ({ job_id }: RunSummary, refused: boolean): string | null => {
  if (job_id === null) return null;
  return refused ? `lineup jobs run-anyway ${job_id}` : `lineup jobs resume ${job_id}`;
};

/** Reports how a run ended, and sets the exit status by it. */
export async function finishRun(client: ApiClient, run: RunSummary, json: boolean): Promise<void> {
  const report = await readReport(client, run);
  if (json) printJson(report ?? run);
  else if (report) reportRun(report);
  else print(`Run ${run.id} was stopped before it started`);
  if (json && report) printOutcome(report);
  process.exitCode = exitStatus(run, report);
}

function exitStatus(run: RunSummary, report: RunDocument | undefined): number {
  const error = report?.error ?? run.error;
  if (error) return exitStatusOf(error.code);
  return run.status === 'stopped' || run.status === 'interrupted' ? exitStatusOf('interrupted') : 0;
}

/** Failed connections in a row, about a minute. A service that restarts is back by then. */
const ATTEMPTS = 30;

export interface Watcher {
  readonly onProgress: (progress: RunProgress) => void;
  /** Ms between the loss of a connection and the next one. @default 2000 */
  readonly reconnectMs?: number;
}

const isGoingOn = ({ status }: RunDetail): boolean => status === 'queued' || status === 'running';

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
    if (latest && !isGoingOn(latest)) return latest;
    await delay(reconnectMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

/**
 * Waits for the newest run of a job, reports it, and sets the exit status: `lineup jobs run --wait`, for schedulers and pipelines
 * that depend on exit statuses.
 */
export async function waitForRun(session: ApiSession, job: JobView, json: boolean): Promise<void> {
  const runId = job.last_run?.id;
  if (runId === undefined) throw new LineupError('run_not_found', 'The job has no run.');
  printNotice(`Run ${runId}; press Ctrl-C to stop waiting, the run continues`);
  const run = await toItsEnd(session, job.id, runId);
  await finishRun(session.client, run, json);
  const { next_run_at, status } = await current(session, job.id);
  if (run.status === 'failed' && status === 'sleeping')
    printNotice(`The service tries again at ${next_run_at}.`);
}

/** A run is interrupted for a short time when its worker stops; another worker then continues it. */
async function toItsEnd(session: ApiSession, jobId: string, runId: string): Promise<RunDetail> {
  for (;;) {
    const run = await watchWithProgress(session, runId);
    const goesOn = run.status === 'interrupted' && (await current(session, jobId)).status === 'runnable';
    if (!goesOn) return run;
  }
}

const current = ({ client }: ApiSession, jobId: string): Promise<JobView> =>
  client.call('GET /jobs/:id', { params: { id: jobId } });
