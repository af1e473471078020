// AWS Lambda: tells a job of Lineup that an object has come (docs/webhook-triggers.md). It takes events of Amazon S3
// through EventBridge, or from the bucket itself. Environment: LINEUP_WEBHOOK_URL, LINEUP_WEBHOOK_SECRET, and
// OBJECT_PREFIX when only some objects count.
import { createHash, createHmac } from 'node:crypto';

const { LINEUP_WEBHOOK_URL, LINEUP_WEBHOOK_SECRET, OBJECT_PREFIX = '' } = process.env;

export async function handler(event) {
  // The key of an object is encoded only in events of the bucket itself.
  const direct = (event.Records ?? []).map(({ s3: { bucket, object } }) => ({
    bucket: bucket.name,
    ...object,
    key: decodeURIComponent(object.key.replaceAll('+', ' ')),
  }));
  const objects = event.detail ? [{ bucket: event.detail.bucket.name, ...event.detail.object }] : direct;
  for (const { bucket, key, sequencer } of objects) {
    // S3 may send an event twice. Both have the same sequencer, so they make one run.
    if (key.startsWith(OBJECT_PREFIX)) await tell(`s3://${bucket}/${key} ${sequencer}`);
  }
}

/** An error lets Lambda try again. */
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
