/** `lineup jobs run --wait`: starts a run and stays with it, for schedulers and pipelines that live by exit statuses. */
import { LineupError } from '../../contracts/errors.ts';
import type { JobView } from '../../contracts/jobs.ts';
import type { RunDetail } from '../../contracts/run-progress.ts';
import type { ApiSession } from '../api/session.ts';
import { printNotice } from '../output.ts';
import { finishRun, watchWithProgress } from '../runs/finish.ts';

/** Waits for the job's newest run, reports it, and sets the exit status by it. */
export async function waitForRun(session: ApiSession, job: JobView, json: boolean): Promise<void> {
  const runId = job.last_run?.id;
  if (runId === undefined) throw new LineupError('run_not_found', 'The job has no run.');
  printNotice(`Run ${runId}; Ctrl-C stops waiting, the run goes on`);
  const run = await toItsEnd(session, job.id, runId);
  await finishRun(session.client, run, json);
  const { next_run_at, status } = await current(session, job.id);
  if (run.status === 'failed' && status === 'sleeping')
    printNotice(`The service tries again at ${next_run_at}.`);
}

/** A run whose worker went away is interrupted only for a moment: another goes on with it. */
async function toItsEnd(session: ApiSession, jobId: string, runId: string): Promise<RunDetail> {
  for (;;) {
    const run = await watchWithProgress(session, runId);
    const goesOn = run.status === 'interrupted' && (await current(session, jobId)).status === 'runnable';
    if (!goesOn) return run;
  }
}

const current = ({ client }: ApiSession, jobId: string): Promise<JobView> =>
  client.call('GET /jobs/:id', { params: { id: jobId } });
