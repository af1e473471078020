/** The end of a service's run as the command line tells it: the same report and exit status as those of `export`. */
import { exitStatusOf } from '../../contracts/errors.ts';
import type { RunDocument } from '../../contracts/run.ts';
import type { RunDetail, RunProgress } from '../../contracts/run-progress.ts';
import type { RunSummary } from '../../contracts/runs.ts';
import type { ApiClient } from '../api/client.ts';
import type { ApiSession } from '../api/session.ts';
import { print, printJson } from '../output.ts';
import { progressDisplay } from '../progress.ts';
import { type PrintedRun, printedRun, printOutcome, reportRun } from '../report.ts';
import { watchRun } from './watch.ts';

/** Watches with a progress display. */
export async function watchWithProgress(session: ApiSession, runId: string): Promise<RunDetail> {
  const display = await progressDisplay();
  const onProgress = (progress: RunProgress) => display.report(progress);
  return watchRun(session, runId, { onProgress }).finally(display.end);
}

/** The whole outcome; undefined for a run that has not begun. */
export async function readReport(client: ApiClient, run: RunSummary): Promise<PrintedRun | undefined> {
  if (run.started_at === null) return undefined;
  const report = await client.call('GET /runs/:id/report', { params: { id: run.id } });
  return printedRun(report, ({ allowShrinkTo }) => jobCommand(run, allowShrinkTo !== null));
}

/** A run of a service goes on through its job. @param refused by a guard that a person can overrule */
const jobCommand = ({ job_id }: RunSummary, refused: boolean): string | null => {
  if (job_id === null) return null;
  return refused ? `lineup jobs run ${job_id} --anyway` : `lineup jobs resume ${job_id}`;
};

/** Reports how a run ended, and sets the exit status by it. */
export async function finishRun(client: ApiClient, run: RunSummary, json: boolean): Promise<void> {
  const report = await readReport(client, run);
  if (json) printJson(report ?? run);
  else if (report) reportRun(report);
  else print(`Run ${run.id} was ended before it began`);
  if (json && report) printOutcome(report);
  process.exitCode = exitStatus(run, report);
}

function exitStatus(run: RunSummary, report: RunDocument | undefined): number {
  const error = report?.error ?? run.error;
  if (error) return exitStatusOf(error.code);
  return run.status === 'stopped' || run.status === 'interrupted' ? exitStatusOf('interrupted') : 0;
}
