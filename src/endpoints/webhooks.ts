/** Signed webhooks, which let a job run when its data is ready. */
import { newWebhookSecret, WEBHOOK_BYTES, webhookHeaders, webhookSecret, webhookTaken } from '../contracts/webhooks.ts';
import { byId, created, endpoint, ok } from './endpoint.ts';

export const webhookEndpoints = {
  'POST /jobs/:id/webhook': endpoint({
    tag: 'Jobs',
    operationId: 'sendWebhook',
    summary:
      'Tell a job that its data is ready. The signature (Standard Webhooks) is the permission; the body may be anything, and is not kept',
    access: 'public',
    params: byId,
    headers: webhookHeaders,
    anyBody: WEBHOOK_BYTES,
    response: ok(webhookTaken),
  }),
  'POST /jobs/:id/webhook-secret': endpoint({
    tag: 'Jobs',
    operationId: 'makeWebhookSecret',
    summary: 'Make the secret that signs the webhooks of a job; only this response contains it',
    access: 'jobs.write',
    params: byId,
    body: newWebhookSecret,
    response: created(webhookSecret),
  }),
};
