/** A signed webhook has come for a job that waits for it. Its signature was checked before. */

import type { StoredJob } from '../../contracts/job-store.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { triggerOf } from '../../domain/schedule/triggers/index.ts';
import { nextCount } from '../../domain/schedule/triggers/webhook.ts';
import { sentence } from '../../domain/text/sentence.ts';
import { type ActContext, actOn } from '../act.ts';
import { endMissedDeadline } from '../deadline.ts';
import { assertReadable } from '../readable.ts';

export interface TakenWebhook {
  readonly job: StoredJob;
  /** It had come before, and this changed nothing. */
  readonly isRepeated: boolean;
}

/**
 * Gives the job a slot, and remembers the webhook in the same transaction. So a sender that got no answer can send it
 * again: it makes one run, whoever died in between.
 * @throws {LineupError} `not_found`, `data_newer`; `action_not_allowed`, which says why
 */
export async function takeWebhook(context: ActContext, jobId: string, webhookId: string): Promise<TakenWebhook> {
  const { tx, now } = context;
  const job = await tx.lockJob(jobId);
  assertReadable(job);
  if (triggerOf(job.configuration)?.kind !== 'webhook') {
    throw new LineupError('action_not_allowed', sentence`This job does not wait for a webhook.`);
  }
  if (!(await tx.rememberWebhook(jobId, webhookId, now))) return { job, isRepeated: true };
  const seen = nextCount(job.state.trigger?.seen ?? null);
  const after = await actOn(context, job, { type: 'trigger', seen, why: sentence`The webhook ${webhookId} has come.` });
  await endMissedDeadline(context, job);
  return { job: after, isRepeated: false };
}
