// Google Cloud Run function: tells a job of Lineup that an object has come (docs/webhook-triggers.md). It takes the
// event google.cloud.storage.object.v1.finalized of Eventarc. Environment: LINEUP_WEBHOOK_URL, LINEUP_WEBHOOK_SECRET,
// and OBJECT_PREFIX when only some objects count.
import { createHash, createHmac } from 'node:crypto';
import { cloudEvent } from '@google-cloud/functions-framework';

const { LINEUP_WEBHOOK_URL, LINEUP_WEBHOOK_SECRET, OBJECT_PREFIX = '' } = process.env;

cloudEvent('tellLineup', async ({ data: { bucket, name, generation } }) => {
  // Eventarc may send an event twice. Both are about the same generation, so they make one run.
  if (name.startsWith(OBJECT_PREFIX)) await tell(`gs://${bucket}/${name} ${generation}`);
});

/** An error lets Eventarc try again, when the function is deployed with --retry. */
async function tell(occasion) {
  const id = createHash('sha256').update(occasion).digest('hex');
  const now = Math.floor(Date.now() / 1_000);
  const key = Buffer.from(LINEUP_WEBHOOK_SECRET.replace(/^whsec_/, ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${now}.`).digest('base64');
  const answer = await fetch(LINEUP_WEBHOOK_URL, {
    method: 'POST',
    headers: { 'webhook-id': id, 'webhook-timestamp': String(now), 'webhook-signature': `v1,${signature}` },
    signal: AbortSignal.timeout(30_000),
  });
  if (!answer.ok) throw new Error(`Lineup has refused the webhook: ${answer.status} ${await answer.text()}`);
}
