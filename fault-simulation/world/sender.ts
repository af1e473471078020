/** A program that sends webhooks, each until it is answered: by Standard Webhooks, with the same id. */
import { LineupError } from '../../src/domain/errors/errors.ts';
import { within } from '../../src/jobs/context.ts';
import { takeWebhook } from '../../src/jobs/triggers/webhook.ts';
import type { Timeline } from '../engine/timeline.ts';
import type { WebhookPlan } from './plan.ts';
import type { Service } from './service.ts';

const AGAIN_MS = 5_000;
/** Nobody would accept them later. */
const REFUSALS = new Set(['not_found', 'action_not_allowed', 'data_newer']);

export interface SenderOptions {
  readonly timeline: Timeline;
  /** The process that answers. */
  readonly api: Service;
  readonly onSend: (jobId: string, id: string) => void;
  /** The sender knows that it has been taken. */
  readonly onTaken: (jobId: string, id: string) => void;
}

/** Its signature is checked by the same code as that of the API, which has no part in what may break here. */
export async function sendWebhook(
  { timeline, api, onSend, onTaken }: SenderOptions,
  jobId: string,
  id: string,
  { lost }: WebhookPlan,
): Promise<void> {
  for (let n = 0; ; n += 1) {
    onSend(jobId, id);
    await timeline.operation(null, `webhook ${id} is on its way`, () => {});
    const isTaken = lost[n] !== 'request' && (await take(api, jobId, id));
    if (isTaken === undefined) return;
    if (isTaken && lost[n] !== 'answer') return onTaken(jobId, id);
    await timeline.operation(null, 'the sender waits', () => {}, AGAIN_MS);
  }
}

/** @returns undefined when it is refused for good */
async function take({ context }: Service, jobId: string, id: string): Promise<boolean | undefined> {
  const actor = { id: 'webhook', name: 'A webhook' };
  try {
    await context.store.transaction((tx) => takeWebhook(within(context, tx, actor), jobId, id));
    return true;
  } catch (error) {
    return error instanceof LineupError && REFUSALS.has(error.code) ? undefined : false;
  }
}
