/**
 * Signatures of webhooks, as Standard Webhooks (standardwebhooks.com) describes them, so that receivers verify them with a
 * library of their language: HMAC-SHA-256 over `<id>.<unix seconds>.<body>`, the key being the bytes after `whsec_`.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { Secret } from '../../contracts/secret.ts';

const PREFIX = 'whsec_';

export const newSigningKey = (): Secret => new Secret(`${PREFIX}${randomBytes(32).toString('base64')}`);

/** The three headers that go with `body`. A message keeps its id when it is sent again; its time is that of the attempt. */
export function signatureHeaders(
  key: Secret,
  id: string,
  body: string,
  now: Date,
): Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string> {
  const seconds = String(Math.floor(now.getTime() / 1_000));
  const bytes = Buffer.from(key.reveal().slice(PREFIX.length), 'base64');
  const signature = createHmac('sha256', bytes).update(`${id}.${seconds}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': `v1,${signature}` };
}
