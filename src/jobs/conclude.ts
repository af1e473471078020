/**
 * What a run's end means to its job. Done by the worker right after the run, and again by `recover.ts` when that worker
 * died in between: only the job's last run counts, and only once.
 */
import type { DomainEvent } from '../contracts/domain-events.ts';
import { conditionOf, remedyOf } from '../contracts/job-display.ts';
import type { RunError } from '../contracts/run.ts';
import { localized, sentence } from '../contracts/sentence.ts';
import type { Tx } from '../store/database/database.ts';
import { transaction } from '../store/database/transaction.ts';
import { troubledSinceSuccess } from '../store/repositories/job-transitions.ts';
import { lockJob, type StoredJob } from '../store/repositories/jobs.ts';
import { getRun, lastRun, markStopped, type StoredRun } from '../store/repositories/runs.ts';
import { act } from './act.ts';
import { type JobsContext, within } from './context.ts';
import { reportIncomplete } from './incomplete.ts';
import type { Action } from './states.ts';

/**
 * The run cannot go on, and yet nothing is wrong that a fresh run would not put right: it stages anew, and replaces what the
 * audience holds.
 */
const OUTDATED: readonly string[] = ['source_changed', 'staged_file_changed', 'run_superseded'];
/** What a file may be whose writer is late: at a slot of the schedule it is waited for. */
const LATE: readonly string[] = ['source_not_found', 'source_empty'];

/** Acts on the job by how its run ended, and publishes what people may want to know. Does nothing for a run that still goes on. */
export async function conclude(context: JobsContext, runId: string): Promise<void> {
  await transaction(context.db, async (tx) => {
    const { jobId } = await getRun(tx, runId);
    const job = jobId === null ? undefined : await lockJob(tx, jobId);
    // Read under the job's lock: whoever concludes the same run at the same time comes before or after.
    const run = await getRun(tx, runId);
    if (run.status === 'queued' || run.status === 'running') return;
    if (run.stopRequested === 'end' || !job) await markStopped(tx, runId);
    if (!job) return;
    const isLast = (await lastRun(tx, job.id))?.id === runId;
    const action = actionAfter(run, job.sourceAuthorizationId === null);
    const isAwaited = run.stopRequested !== 'end' && isLast && job.state.status === 'runnable';
    if (!action || !isAwaited) return reportIncomplete(within(context, tx), job);
    const wasTroubled = remedyOf(job.state.error) !== undefined || (await troubledSinceSuccess(tx, job.id));
    const after = await act(within(context, tx), job.id, action);
    await publishEnd(context, tx, run, { before: job, after, wasTroubled });
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
  ...localized(sentence`The run ended without a reason.`),
  reason: null,
  retryable: false,
  resumable: false,
  allowShrinkTo: null,
};

async function publishEnd(
  context: JobsContext,
  tx: Tx,
  run: StoredRun,
  { before, after, wasTroubled }: { before: StoredJob; after: StoredJob; wasTroubled: boolean },
): Promise<void> {
  const about = { at: context.now().toISOString(), jobId: after.id, jobName: after.name, runId: run.id };
  const event = eventAfter(before, after);
  if (event) await context.publish(tx, { ...event, ...about });
  else if (run.status === 'succeeded' && wasTroubled) {
    await context.publish(tx, { type: 'job_recovered', ...about });
  }
  if (run.status === 'succeeded') {
    await context.publish(tx, { type: 'job_succeeded', ...about, uniqueMembers: run.summary.unique });
  }
}

type Trouble = Extract<DomainEvent, { type: 'job_failed' | 'guard_stopped' | 'job_waiting' }>;

/** What people are told of the job's trouble: not of each try, but of each result that a guard kept back. */
function eventAfter(before: StoredJob, { state }: StoredJob): Pick<Trouble, 'type' | 'error'> | undefined {
  const { error } = state;
  if (state.status === 'runnable' || error === null) return undefined;
  switch (remedyOf(error)) {
    case 'approval':
    case 'next_slot':
      return { type: 'guard_stopped', error };
    case 'key':
    case 'clock':
      if (remedyOf(before.state.error) === remedyOf(error)) return undefined;
      return { type: conditionOf(state) === 'waiting' ? 'job_waiting' : 'job_failed', error };
    default:
      return state.status === 'failed' ? { type: 'job_failed', error } : undefined;
  }
}
