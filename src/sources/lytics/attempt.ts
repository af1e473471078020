/** Sends a request once. */
import { parseRetryAfter } from '../../../packages/line-ads/src/retry.ts';
import { LineupError } from '../../contracts/errors.ts';
import { inside, sentence } from '../../contracts/sentence.ts';
import { TimeIsUp, within } from '../remote/deadline.ts';
import { get, readText } from '../remote/http.ts';
import type { Connection } from './connection.ts';
import { type Failure, isRetryableStatus, statusIn, toldBy } from './failure.ts';

/** An error of Lytics is some hundred bytes; what is longer is none, and is not read to its end. */
const MOST_ERROR_BYTES = 8_000;

export type Attempted =
  | { readonly ok: true; readonly body: unknown }
  | { readonly ok: false; readonly failure: Failure };

/**
 * Every fault comes back as a Failure, but the caller's own abort and a refusal of the network's guard, which are thrown.
 * @param mostBytes of an answer; a longer one is a failure that is `tooLarge`
 */
export async function attempt(
  connection: Connection,
  pathAndQuery: string,
  mostBytes: number,
  signal: AbortSignal | undefined,
): Promise<Attempted> {
  const { silenceMs, timeoutMs, origin } = connection;
  try {
    return await within(timeoutMs, signal, (inner) => exchange(connection, pathAndQuery, mostBytes, inner));
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof LineupError) throw error;
    if (error instanceof TimeIsUp) {
      const seconds = Math.min(silenceMs, timeoutMs) / 1000;
      const what = sentence`Lytics did not answer within ${seconds} seconds.`;
      return { ok: false, failure: { what, reason: 'timeout', retryable: true, lost: true } };
    }
    return { ok: false, failure: networkFailure(error, origin) };
  }
}

async function exchange(
  { origin, token, network, agent, clock, silenceMs }: Connection,
  path: string,
  mostBytes: number,
  signal: AbortSignal,
): Promise<Attempted> {
  const url = new URL(origin + path);
  network?.assertAllowed(url.hostname);
  // The token as it is: Lytics knows no `Bearer` (lytics-api.md section 1). It never redirects, either, and whatever does
  // shall not be sent the token: no redirect is followed.
  const headers = { accept: 'application/json', authorization: token.reveal() };
  const answer = await within(silenceMs, signal, (inner) =>
    get(url, { headers, agent, lookup: network?.lookup, signal: inner }),
  );
  try {
    const { statusCode: http = 0, headers: told } = answer;
    const taken = http >= 200 && http <= 299;
    const reading = readText(answer, taken ? mostBytes : MOST_ERROR_BYTES, silenceMs, signal);
    const text = taken ? await reading : await reading.catch(() => undefined);
    if (text === undefined && taken) return { ok: false, failure: tooLarge(http, mostBytes) };
    const body = parse(text ?? '');
    // v1 tells an error in its body, too: trust it should the HTTP status say otherwise.
    const status = taken ? (statusIn(body) ?? http) : http;
    if (status < 200 || status > 299) {
      const now = clock.now().getTime();
      const retryAfterMs = parseRetryAfter(told['retry-after'] ?? null, told.date ?? null, now);
      return { ok: false, failure: refusedWith(status, toldBy(body, status, token), retryAfterMs) };
    }
    if (body !== undefined) return { ok: true, body };
    const what = sentence`Lytics answered ${String(status)}, but not in JSON.`;
    // Half an answer is what a gateway gives that breaks off.
    return { ok: false, failure: { status, what, reason: String(status), retryable: true, lost: true } };
  } finally {
    // Without effect on one that was read to its end.
    answer.destroy();
  }
}

function refusedWith(status: number, said: string, retryAfterMs: number | undefined): Failure {
  const what =
    said === ''
      ? sentence`Lytics answered ${String(status)}.`
      : sentence`Lytics answered ${String(status)}: ${said}.`;
  // Whether the request was carried out before a 5xx nobody knows.
  const fate = { retryable: isRetryableStatus(status), lost: status >= 500 };
  return { status, what, reason: said || String(status), ...fate, retryAfterMs };
}

function tooLarge(status: number, mostBytes: number): Failure {
  const what = sentence`Lytics answered with more than ${mostBytes / 1_000_000} MB, which is not read.`;
  return { status, what, reason: 'too_large', retryable: false, lost: true, tooLarge: true };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Of several addresses that were tried, each has an error of its own. */
function networkFailure(error: unknown, origin: string): Failure {
  const cause: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const { code, name: kind = 'unknown' } = (cause ?? {}) as { code?: unknown; name?: string };
  const name = typeof code === 'string' ? code : kind;
  const place = inside(origin, sentence`its origin`);
  const untrusted = /CERT|SELF_SIGNED|UNABLE_TO_/.test(name);
  const what = untrusted
    ? sentence`Lytics has a certificate at ${place} that is not trusted (${name}).`
    : sentence`Lytics could not be reached at ${place}, or the connection broke (${name}).`;
  const fate = { retryable: !untrusted, lost: !untrusted && name !== 'ECONNREFUSED' };
  return { what, reason: name, ...fate, cause };
}
