/**
 * Looks whether what jobs wait for has come, and gives those jobs a slot. A job remembers what it has seen in the
 * transaction that makes the slot. So whoever dies before or after it makes no run too few and none too many, and it
 * does not matter how many processes look.
 */

import type { UnseenSuccess } from '../contracts/job-store.ts';
import { hasCome, triggerOf } from '../domain/schedule/trigger.ts';
import { sentence } from '../domain/text/sentence.ts';
import { actOn } from './act.ts';
import { type JobsContext, within } from './context.ts';
import { endMissedDeadline } from './deadline.ts';
import { isReadable } from './readable.ts';

/** The most jobs of one look. */
const BATCH = 250;

/**
 * Gives every job a slot whose other job has succeeded. An error with one job does not stop the others.
 * @returns false when something of it is left to another version
 */
export async function fireTriggers(context: JobsContext): Promise<boolean> {
  let isDone = true;
  for (const success of await context.store.unseenSuccesses(BATCH)) {
    try {
      isDone = (await fire(context, success)) && isDone;
    } catch (error) {
      context.log.record('job.trigger_failed', { job_id: success.jobId, err: error });
    }
  }
  return isDone;
}

/** That the other job has succeeded does not change any more, so only the job that waits is read again. */
const fire = (context: JobsContext, { jobId, awaited, at }: UnseenSuccess): Promise<boolean> =>
  context.store.transaction(async (tx) => {
    const job = await tx.lockJob(jobId);
    if (!isReadable(job)) return false;
    const trigger = triggerOf(job.configuration);
    const seen = at.toISOString();
    const isAwaited = trigger?.job_id === awaited.id && job.state.status !== 'killed';
    if (!isAwaited || !hasCome(job.state.trigger?.seen ?? null, seen)) return true;
    const why = sentence`The job "${awaited.name}" has succeeded.`;
    await actOn(within(context, tx), job, { type: 'trigger', seen, why });
    await endMissedDeadline(within(context, tx), job);
    return true;
  });
