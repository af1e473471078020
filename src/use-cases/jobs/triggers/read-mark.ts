/**
 * Notes what is in the source of a job just before a run reads it. A look (look.ts) compares what is there with that,
 * too. Without it, a change that a person's run reads and that is taken back before the next look would stay in the
 * audience.
 *
 * What changes after this note and before the source is open, and is back at the next look, stays unnoticed.
 */
import { looksAtTheSame } from '../../../domain/schedule/triggers/index.ts';
import { withRead } from '../../../domain/schedule/triggers/seen.ts';
import type { JobsContext } from '../../../jobs/context.ts';
import { isReadable } from '../../../jobs/readable.ts';
import { timingOf } from '../../../jobs/timing.ts';
import type { Execution } from '../../../jobs/worker.ts';
import type { UseCaseDeps } from '../../deps.ts';
import { timeLimit } from '../../time-limit.ts';
import { type SeeDeps, seenInSource, watchedBy } from './source.ts';

/** A run waits so long for the answer, and then reads without it. */
const LIMIT_MS = 5_000;

interface MarkDeps extends SeeDeps, Pick<UseCaseDeps, 'log'> {
  readonly jobs: JobsContext;
}

type Reading = Pick<Execution, 'run' | 'job' | 'signal'>;

/** Of a job whose trigger does not look at its source, it does nothing. */
export async function markRead(deps: MarkDeps, reading: Reading): Promise<void> {
  const { run, job } = reading;
  const found = await foundBefore(deps, reading);
  // What was seen is no news. If a look has seen more meanwhile, a later run reads that.
  if (found === undefined || found === job.state.trigger?.seen) return;
  await deps.jobs.store.transaction(async (tx) => {
    const now = await tx.lockJob(job.id);
    const { trigger } = now.state;
    // Somebody may have edited the job meanwhile.
    if (!trigger || !isReadable(now) || !looksAtTheSame(timingOf(job), timingOf(now))) return;
    await tx.saveState(job.id, { ...now.state, trigger: withRead(trigger, { runId: run.id, found }) });
  });
}

/**
 * What is there; null when nothing is, and when it is not known.
 * @returns undefined when a look needs no note
 */
async function foundBefore(
  deps: SeeDeps & Pick<UseCaseDeps, 'log'>,
  { run, job, signal }: Reading,
): Promise<string | null | undefined> {
  const watched = watchedBy(job);
  if (!watched) return undefined;
  const limit = timeLimit(deps, LIMIT_MS);
  try {
    const seen = job.state.trigger?.seen ?? null;
    return await seenInSource(deps, watched, seen, 'service', AbortSignal.any([signal, limit.signal]));
  } catch (error) {
    signal.throwIfAborted();
    deps.log.record('job.look_failed', { job_id: job.id, run_id: run.id, err: error });
    // The run of a person is made up for by another one. A run of the trigger itself is not: where every look fails or
    // is slow, each of its runs would begin the next one.
    return run.trigger === 'schedule' ? undefined : null;
  } finally {
    limit.end();
  }
}
