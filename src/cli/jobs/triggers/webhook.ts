/** `--on-webhook`: a job waits for a signed webhook. */
import type { TriggerFlagsOf } from './kind.ts';

export interface WebhookFlags {
  onWebhook?: boolean;
}

export const webhookFlags: TriggerFlagsOf<WebhookFlags> = {
  options: (command) =>
    command.option('--on-webhook', 'run when a signed webhook comes (webhook-secret); makes the frequency when_ready'),
  flag: '--on-webhook',
  isGiven: ({ onWebhook }) => onWebhook === true,
  keysOf: async () => ({ kind: 'webhook' }),
};
