/** Sends a request once. */

import { sentence } from '../../contracts/sentence.ts';
import { TimeIsUp, within } from '../remote/deadline.ts';
import { parseRetryAfter } from '../remote/retry.ts';
import type { Connection } from './connection.ts';
import { cleanWords, type Failure, isRetryableStatus } from './failure.ts';

export type Attempted =
  | { readonly ok: true; readonly body: unknown }
  | { readonly ok: false; readonly failure: Failure };

/** Every fault comes back as a Failure, but the caller's own abort, which is thrown. */
export async function attempt(
  connection: Connection,
  pathAndQuery: string,
  signal: AbortSignal | undefined,
): Promise<Attempted> {
  try {
    return await within(connection.timeoutMs, signal, (inner) => exchange(connection, pathAndQuery, inner));
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof TimeIsUp) {
      const what = sentence`Lytics did not answer within ${connection.timeoutMs / 1000} seconds.`;
      return { ok: false, failure: { what, reason: 'timeout', retryable: true } };
    }
    return { ok: false, failure: networkFailure(error, connection.origin) };
  }
}

async function exchange(connection: Connection, path: string, signal: AbortSignal): Promise<Attempted> {
  const response = await connection.fetch(connection.origin + path, {
    // The token as it is: Lytics knows no `Bearer` (lytics-api.md section 1).
    headers: { accept: 'application/json', authorization: connection.token.reveal() },
    // Lytics never redirects; whatever does shall not be sent the token.
    redirect: 'manual',
    signal,
  });
  const text = await response.text();
  const body = parse(text);
  // v1 tells an error in its body, too: trust it should the HTTP status say otherwise.
  const { status } = response.ok ? { status: statusIn(body) ?? response.status } : response;
  if (status >= 300) {
    const said = cleanWords(messageIn(body) ?? response.statusText, connection.token.reveal());
    const retryAfterMs = parseRetryAfter(response.headers.get('retry-after'), connection.clock.now());
    const what =
      said === ''
        ? sentence`Lytics answered ${String(status)}.`
        : sentence`Lytics answered ${String(status)}: ${said}.`;
    const reason = said || String(status);
    const retryable = isRetryableStatus(status);
    return { ok: false, failure: { status, what, reason, retryable, retryAfterMs } };
  }
  if (body !== undefined) return { ok: true, body };
  const what = sentence`Lytics answered ${String(status)}, but not in JSON.`;
  // Half an answer is what a gateway gives that breaks off.
  return { ok: false, failure: { status, what, reason: String(status), retryable: true } };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const keyOf = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;

function statusIn(body: unknown): number | undefined {
  const status = Number(keyOf(body, 'status') ?? Number.NaN);
  return status >= 400 && status <= 599 ? status : undefined;
}

/** v2 has a list of errors, or is flat like v1 (lytics-api.md section 1). */
function messageIn(body: unknown): string | undefined {
  const errors = keyOf(body, 'errors');
  const message = (Array.isArray(errors) && keyOf(errors[0], 'message')) || keyOf(body, 'message');
  return typeof message === 'string' ? message : undefined;
}

/** `fetch` wraps what happened in a bare "fetch failed", and of several addresses gives all errors. */
function networkFailure(error: unknown, origin: string): Failure {
  let cause = error;
  for (let depth = 0; depth < 8; depth += 1) {
    const inner: unknown = cause instanceof AggregateError ? cause.errors[0] : (cause as Error | null)?.cause;
    if (!(inner instanceof Error)) break;
    cause = inner;
  }
  const code = keyOf(cause, 'code');
  const name = typeof code === 'string' ? code : cause instanceof Error ? cause.name : 'unknown';
  const untrusted = /CERT|SELF_SIGNED|UNABLE_TO_/.test(name);
  const what = untrusted
    ? sentence`Lytics has a certificate at ${origin} that is not trusted (${name}).`
    : sentence`Lytics could not be reached at ${origin}, or the connection broke (${name}).`;
  return { what, reason: name, retryable: !untrusted, cause };
}
