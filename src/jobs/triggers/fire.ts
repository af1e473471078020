/**
 * Gives a job a slot for what has come. The job remembers what it has seen in the transaction that makes the slot. So
 * whoever dies before or after it makes no run too few and none too many, and it does not matter how many processes
 * look.
 */

import type { JobTransaction, StoredJob } from '../../contracts/job-store.ts';
import { type Trigger, triggerOf } from '../../domain/schedule/triggers/index.ts';
import { hasCome, wasReadOtherwise } from '../../domain/schedule/triggers/seen.ts';
import { type Sentence, sentence } from '../../domain/text/sentence.ts';
import { actOn } from '../act.ts';
import { type JobsContext, within } from '../context.ts';
import { endMissedDeadline } from '../deadline.ts';
import { isReadable } from '../readable.ts';

/** Something that a job waits for is there. */
export interface Come {
  readonly jobId: string;
  /** What is there, as triggers of its kind remember it. */
  readonly seen: string;
  /** For the log of the job. */
  readonly why: Sentence;
  /** Whether the trigger still looks at it: somebody may have edited the job meanwhile. */
  readonly isOf: (trigger: Trigger, job: StoredJob) => boolean;
}

/** @returns `fired` when the job has a slot for it now; `left` when it is left to another version */
export const fire = (
  context: JobsContext,
  { jobId, seen, why, isOf }: Come,
): Promise<'fired' | 'nothing_new' | 'left'> =>
  context.store.transaction(async (tx) => {
    const job = await tx.lockJob(jobId);
    if (!isReadable(job)) return 'left';
    const trigger = triggerOf(job.configuration);
    const isAwaited = trigger !== undefined && isOf(trigger, job) && job.state.status !== 'killed';
    if (!isAwaited) return 'nothing_new';
    const isNew = hasCome(trigger.kind, job.state.trigger?.seen ?? null, seen);
    if (!isNew && !(await mustReadAgain(tx, trigger, job, seen))) return 'nothing_new';
    await actOn(within(context, tx), job, { type: 'trigger', seen, why: isNew ? why : READ_OTHERWISE });
    await endMissedDeadline(within(context, tx), job);
    return 'fired';
  });

const READ_OTHERWISE = sentence`A run may have read other data than what is there now.`;

async function mustReadAgain(tx: JobTransaction, { kind }: Trigger, job: StoredJob, seen: string): Promise<boolean> {
  const { trigger } = job.state;
  if (!trigger?.reads) return false;
  const last = await tx.lastRun(job.id);
  return wasReadOtherwise(kind, trigger, seen, last?.status === 'succeeded' ? last.id : undefined);
}
