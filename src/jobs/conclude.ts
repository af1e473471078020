/**
 * Applies the end of a run to its job. The worker does that right after the run. When the worker has died, `recover`
 * does it. Only the last run of a job counts, and only once.
 */

import type { DomainEvent } from '../contracts/domain-events.ts';
import type { JobTransaction, StoredJob, StoredRun } from '../contracts/job-store.ts';
import { noTracer } from '../contracts/tracing.ts';
import { destinationOfJob } from '../domain/destinations/index.ts';
import { LineupError } from '../domain/errors/errors.ts';
import { comesBack } from '../domain/errors/source-errors.ts';
import { conditionOf, remedyOf } from '../domain/jobs/conditions.ts';
import { runErrorOf } from '../domain/runs/run-error.ts';
import { isActive } from '../domain/runs/run-state.ts';
import { sentence } from '../domain/text/sentence.ts';
import { actOn } from './act.ts';
import type { Action } from './actions.ts';
import { reportAlertsAfter } from './alerts.ts';
import { type JobsContext, within } from './context.ts';
import { reportIncomplete } from './incomplete.ts';
import { isReadable } from './readable.ts';
import type { RunJournals } from './run-journals.ts';
import { isUnexpected } from './schedule.ts';

/** The run cannot continue, but a new run corrects the problem: it stages again, and replaces the audience. */
const OUTDATED: readonly string[] = ['source_changed', 'staged_file_changed', 'run_superseded'];

/**
 * Changes the job by how its run ended, and publishes events about it. Does nothing while the run is active.
 * @returns false when this version cannot read the job, and leaves it to another one
 */
export async function conclude(context: JobsContext, runId: string): Promise<boolean> {
  return context.store.transaction(async (tx) => {
    const { jobId } = await tx.getRun(runId);
    const job = jobId === null ? undefined : await tx.lockJob(jobId);
    // Read after the job was locked, because another process may conclude the same run at the same time.
    const run = await tx.getRun(runId);
    if (isActive(run)) return true;
    if (run.stopRequested === 'end' || !job) await tx.markStopped(runId);
    if (!job) return true;
    if (!isReadable(job)) return false;
    const isLast = (await tx.lastRun(job.id))?.id === runId;
    const again = isLast && (await tx.takeRunAgain(job.id));
    const action = actionAfter(run, again, destinationOfJob(job.type).reasons.ofMembers);
    const isAwaited = run.stopRequested !== 'end' && isLast && job.state.status === 'runnable';
    if (!action || !isAwaited) {
      await reportIncomplete(within(context, tx), job);
      return true;
    }
    const wasTroubled = remedyOf(job.state.error) !== undefined || (await tx.hadProblemSinceSuccess(job.id));
    const after = await actOn(within(context, tx), job, action);
    await publishEnd(context, tx, run, { before: job, after, wasTroubled });
    await reportAlertsAfter(within(context, tx), after, run);
    return true;
  });
}

/**
 * @param again whether another run must follow, because somebody was put on the erasure list during this one
 * @param ofMembers the reasons of the destination that are about the members of the run
 */
function actionAfter(
  { status, trigger, atLine, summary: { error } }: StoredRun,
  again: boolean,
  ofMembers: readonly string[] = [],
): Action | undefined {
  switch (status) {
    case 'succeeded':
      return { type: again ? 'run_outdated' : 'run_succeeded' };
    case 'interrupted':
      return { type: 'run_interrupted' };
    case 'failed': {
      const { code, message, sentence, reason, retryable } = error ?? unknownError;
      // The first time at once. Then at growing intervals, because a bad disk may be what changes the chunks.
      const outdated = OUTDATED.includes(code);
      if (outdated && (again || trigger !== 'retry')) return { type: 'run_outdated' };
      const returns = comesBack(code);
      // Whoever runs a job without its source gets the error at once.
      const isAwaited = returns && (trigger === 'schedule' || trigger === 'retry');
      // LINE may be away for longer than the job tries, and other members may do.
      const isTemporary = returns || retryable || ofMembers.includes(reason ?? '');
      const isTriedAgain = retryable || outdated || isAwaited || isUnexpected(code);
      // LINE may hold them, and no other run would come.
      if (again && !isTriedAgain && atLine !== 'nothing') return { type: 'run_outdated' };
      return {
        type: 'run_failed',
        error: { code, message, sentence, reason, retryable: isTriedAgain, comesBack: isTemporary },
      };
    }
    default:
      return undefined;
  }
}

const unknownError = new LineupError('internal', sentence`The run ended without a reason.`);

async function publishEnd(
  context: JobsContext,
  tx: JobTransaction,
  run: StoredRun,
  { before, after, wasTroubled }: { before: StoredJob; after: StoredJob; wasTroubled: boolean },
): Promise<void> {
  const about = { at: context.now().toISOString(), jobId: after.id, jobName: after.name, runId: run.id };
  const event = eventAfter(before, after);
  if (event) await tx.publish({ ...event, ...about });
  else if (run.status === 'succeeded' && wasTroubled) {
    await tx.publish({ type: 'job_recovered', ...about });
  }
  if (run.status === 'succeeded') {
    await tx.publish({ type: 'job_succeeded', ...about, uniqueMembers: run.summary.unique });
  }
}

type Trouble = Extract<DomainEvent, { type: 'job_failed' | 'guard_stopped' | 'job_waiting' }>;

/** The event about a problem of the job: not one for each try, but one for each result that a guard stopped. */
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
      if (state.status === 'failed') return { type: 'job_failed', error };
      return conditionOf(state) === 'waiting' ? { type: 'job_waiting', error } : undefined;
  }
}

const BATCH = 100;

/**
 * Recovers what a killed worker left behind: in the middle of a run, between the end of a run and its conclusion, or
 * right after it took the message of a run. Safe in any process at any time: it reads leases and rows, and does not
 * touch runs that a worker holds.
 * @param journals of this process
 * @returns false when something of it is left to another version
 */
export async function recover(context: JobsContext, journals: RunJournals): Promise<boolean> {
  let isDone = true;
  const runs = await context.store.runsWithoutWorker(BATCH);
  await context.queue.enqueueAgain(runs.filter(({ status }) => status === 'queued').map(({ id }) => id));
  for (const { id, status } of runs)
    if (status === 'running') isDone = (await interrupt(context, journals, id)) && isDone;
  for (const id of await context.store.runsWithoutConclusion(BATCH)) isDone = (await conclude(context, id)) && isDone;
  return isDone;
}

/**
 * Writes into the journal that the worker is gone. The conclusion then queues the run again.
 * @returns false when this version cannot read the run or its job
 */
async function interrupt(context: JobsContext, journals: RunJournals, runId: string): Promise<boolean> {
  const { tracer = noTracer } = context;
  let parent: string | undefined;
  try {
    const journal = await journals.resume(runId);
    try {
      const { status, trace } = journal.state;
      parent = trace?.parent;
      if (status === 'running') {
        const gone = sentence`The worker of this run has ended.`;
        await journal.append({
          type: 'ended',
          at: context.now().toISOString(),
          status: 'interrupted',
          error: runErrorOf(new LineupError('interrupted', gone, { retryable: true }), false),
        });
        context.log.record('run.interrupted', { run_id: runId });
      }
    } finally {
      await journal.close();
    }
  } catch (error) {
    const code = error instanceof LineupError ? error.code : undefined;
    // The worker is back, or another process recovers the run at the same time.
    if (code === 'run_in_progress') return true;
    if (code === 'data_newer') return false;
    throw error;
  }
  // The run goes on in its trace.
  return tracer.within(parent, () => conclude(context, runId));
}
