/** The signed webhooks that jobs wait for, in the HTTP API. */
import { z } from 'zod';
import { jobStatuses } from '../domain/jobs/conditions.ts';
import { overlapHours } from '../domain/schedule/triggers/bounds.ts';
import { localizedShape } from '../domain/text/localized.ts';
import { issueText } from '../domain/text/sentence.ts';

/** Nobody reads the body, so it need not be large. */
export const WEBHOOK_BYTES = 64 * 1024;

const ID = issueText`Use at most 200 letters, digits and - _ : + = /`;
const TIME = issueText`Send the time of this attempt, in seconds since 1970.`;
const HEADERS = issueText`Send webhook-id, webhook-timestamp and webhook-signature with the request.`;

/** Those of Standard Webhooks. A full stop in the id could stand for the one that follows it in what is signed. */
export const webhookHeaders = z.object({
  'webhook-id': z
    .string(HEADERS)
    .max(200, ID)
    .regex(/^[\w:+=/-]+$/, ID)
    .describe('Names the webhook. It is the same when the webhook is sent again, and then makes no second run.'),
  'webhook-timestamp': z
    .string(HEADERS)
    .max(12, TIME)
    .regex(/^\d+$/, TIME)
    .describe('The time of this attempt, in seconds since 1970. It may differ from that of the service by 5 minutes.'),
  'webhook-signature': z
    .string(HEADERS)
    .max(2_000)
    .describe('`v1,` and the base64 of the HMAC-SHA256 of `id.timestamp.body`. Several are separated by spaces.'),
});
export type WebhookHeaders = z.infer<typeof webhookHeaders>;

export const webhookTaken = z.object({
  repeated: z.boolean().describe('True: it had come before, and makes no run.'),
  job_status: z.enum(jobStatuses),
  run_at: z
    .string()
    .nullable()
    .describe('When its run begins. A paused or failed job waits until somebody resumes it. Null when it has begun.'),
  ...localizedShape,
});
export type WebhookTaken = z.infer<typeof webhookTaken>;

export const newWebhookSecret = z.strictObject({
  rotate: z
    .boolean()
    .default(false)
    .describe('True: another one takes the place of a secret that the job has. Else such a job is refused.'),
  old_valid_hours: z
    .int()
    .min(0)
    .max(overlapHours.most)
    .default(overlapHours.usual)
    .describe('The secret before goes on for so many hours, so that you can change the senders. 0: it ends now.'),
});
export type NewWebhookSecret = z.infer<typeof newWebhookSecret>;

export const webhookSecret = z.object({
  secret: z.string().describe('It is never shown again.'),
  old_valid_until: z.string().nullable().describe('Until when the secret before is valid, too.'),
});
export type WebhookSecret = z.infer<typeof webhookSecret>;
