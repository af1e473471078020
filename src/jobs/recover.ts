/**
 * Picking up what died: a worker that was killed in the middle of a run, between a run's end and its conclusion, or right
 * after it had taken a run's message. Safe to do anywhere and at any time: it looks at leases and rows, and changes nothing
 * that somebody has.
 */
import { LineupError } from '../contracts/errors.ts';
import { localized, sentence } from '../contracts/sentence.ts';
import { runsWithoutConclusion, runsWithoutWorker } from '../store/repositories/recovery.ts';
import type { RunJournals } from '../store/repositories/run-journals.ts';
import { conclude } from './conclude.ts';
import type { JobsContext } from './context.ts';

const AT_ONCE = 100;

/** @param journals this process's; none of the runs is worked on here */
export async function recover(context: JobsContext, journals: RunJournals): Promise<void> {
  const runs = await runsWithoutWorker(context.db, AT_ONCE);
  await context.queue.announceAgain(runs.filter(({ status }) => status === 'queued').map(({ id }) => id));
  for (const { id, status } of runs) if (status === 'running') await interrupt(context, journals, id);
  for (const id of await runsWithoutConclusion(context.db, AT_ONCE)) await conclude(context, id);
}

/** Writes down that the run's worker is gone; the conclusion then has another go on. */
async function interrupt(context: JobsContext, journals: RunJournals, runId: string): Promise<void> {
  try {
    const journal = await journals.resume(runId);
    try {
      const { status } = journal.state;
      if (status === 'running') {
        const gone = localized(sentence`The worker that had this run is gone.`);
        await journal.append({
          type: 'ended',
          at: context.now().toISOString(),
          status: 'interrupted',
          error: {
            code: 'interrupted',
            ...gone,
            reason: null,
            retryable: true,
            resumable: false,
            allowShrinkTo: null,
          },
        });
        context.log.record('run.interrupted', { run_id: runId });
      }
    } finally {
      await journal.close();
    }
  } catch (error) {
    // Its worker has come back, or another process recovers it at the same time.
    if (error instanceof LineupError && error.code === 'run_in_progress') return;
    throw error;
  }
  await conclude(context, runId);
}
