/**
 * What a run's end means to its job. Done by the worker right after the run, and again by `recover.ts` when that worker
 * died in between: only the job's last run counts, and only once.
 */
import type { DomainEvent } from '../contracts/domain-events.ts';
import type { RunError } from '../contracts/run.ts';
import { sentence, told } from '../contracts/sentence.ts';
import type { Tx } from '../store/database.ts';
import { failedSinceSuccess } from '../store/job-transitions.ts';
import { lockJob, type StoredJob } from '../store/jobs.ts';
import { getRun, lastRun, markStopped, type StoredRun } from '../store/runs.ts';
import { act } from './act.ts';
import { type JobsContext, within } from './context.ts';
import type { Action } from './states.ts';

/**
 * The run cannot go on, and yet nothing is wrong that a fresh run would not put right: it stages anew, and replaces what the
 * audience holds.
 */
const OUTDATED: readonly string[] = ['source_changed', 'staged_file_changed', 'run_superseded'];
/** What a file may be whose writer is late: at a slot of the schedule it is waited for. */
const LATE: readonly string[] = ['source_not_found', 'source_empty'];
const GUARDS: readonly string[] = ['audience_shrinks', 'nothing_to_send'];

/** Acts on the job by how its run ended, and tells whoever must know. Does nothing for a run that still goes on. */
export async function conclude(context: JobsContext, runId: string): Promise<void> {
  await context.db.transaction().execute(async (tx) => {
    const { jobId } = await getRun(tx, runId);
    const job = jobId === null ? undefined : await lockJob(tx, jobId);
    // Read under the job's lock: whoever concludes the same run at the same time comes before or after.
    const run = await getRun(tx, runId);
    if (run.status === 'queued' || run.status === 'running') return;
    if (run.stopRequested === 'end' || !job) return markStopped(tx, runId);
    const isLast = (await lastRun(tx, job.id))?.id === runId;
    const action = actionAfter(run, job.sourceAuthorizationId === null);
    if (!isLast || !action || job.state.status !== 'runnable') return;
    const failedBefore = await failedSinceSuccess(tx, job.id);
    const after = await act(within(context, tx), job.id, action);
    await tell(context, tx, run, after, failedBefore);
  });
}

function actionAfter(
  { status, trigger, summary: { error } }: StoredRun,
  ofFiles: boolean,
): Action | undefined {
  switch (status) {
    case 'succeeded':
      return { type: 'run_succeeded' };
    case 'interrupted':
      return { type: 'run_interrupted' };
    case 'failed': {
      const { code, message, sentence, reason, retryable } = error ?? unknownError;
      // Once at once; from then on at growing intervals, for the disk may be what changes the chunks.
      const outdated = OUTDATED.includes(code);
      if (outdated && trigger !== 'retry') return { type: 'run_outdated' };
      const late = ofFiles && LATE.includes(code) && (trigger === 'schedule' || trigger === 'retry');
      return {
        type: 'run_failed',
        error: { code, message, sentence, reason, retryable: retryable || outdated || late },
      };
    }
    default:
      return undefined;
  }
}

const unknownError: RunError = {
  code: 'internal',
  ...told(sentence`The run ended without a word.`),
  reason: null,
  retryable: false,
  resume: null,
};

async function tell(
  context: JobsContext,
  tx: Tx,
  run: StoredRun,
  job: StoredJob,
  failedBefore: boolean,
): Promise<void> {
  const about = { at: context.now().toISOString(), jobId: job.id, jobName: job.name, runId: run.id };
  const { status, error } = job.state;
  let event: DomainEvent | undefined;
  if (status === 'failed' && error) {
    event = { type: GUARDS.includes(error.code) ? 'guard_stopped' : 'job_failed', ...about, error };
  } else if (run.status === 'succeeded' && failedBefore) {
    event = { type: 'job_recovered', ...about };
  }
  if (event) await context.queue.tell(tx, event);
}
