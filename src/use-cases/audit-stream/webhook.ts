/** A webhook that gets the audit log, in the format of the notifications. */
import type { AuditLine, AuditWebhook } from '../../contracts/audit-stream.ts';
import { portOf } from '../../domain/values/hosts.ts';
import { postJson, signatureOf } from '../notifications/send.ts';
import { type LimitingClock, timeLimit } from '../time-limit.ts';

const TIMEOUT_MS = 15_000;

/** The receiver did not accept a batch. */
class AuditWebhookError extends Error {
  override readonly name = 'AuditWebhookError';
  /** For the log. */
  readonly code: string;

  constructor(status: number) {
    super(`HTTP ${status}`);
    this.code = `http_${status}`;
  }
}

/** Resolves when the receiver has accepted the lines. */
export async function postLines(
  { url, signingKey, authorization }: AuditWebhook,
  lines: readonly AuditLine[],
  { now, clock, signal }: { readonly now: Date; readonly clock: LimitingClock; readonly signal: AbortSignal },
): Promise<void> {
  const body = JSON.stringify({ type: 'audit_log.entries', timestamp: now.toISOString(), data: { entries: lines } });
  // The same id has the same entries.
  const id = `aud_${lines[0]?.id}_${lines.at(-1)?.id}`;
  const limit = timeLimit(clock, TIMEOUT_MS);
  try {
    const status = await postJson({
      url,
      body,
      headers: {
        'webhook-id': id,
        ...(signingKey && signatureOf(body, signingKey.reveal(), { id, now })),
        ...(authorization && { authorization: authorization.reveal() }),
      },
      // The operator has named this host.
      allowed: [hostOf(url)],
      signal: AbortSignal.any([signal, limit.signal]),
    });
    if (status < 200 || status > 299) throw new AuditWebhookError(status);
  } finally {
    limit.end();
  }
}

function hostOf(url: string): string {
  const target = new URL(url);
  return `${target.hostname}:${portOf(target)}`;
}
