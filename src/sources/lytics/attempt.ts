/** Sends a request once, and explains a failure. */
import { z } from 'zod';
import { DeadlineError, parseRetryAfter } from '../../../packages/client-core/src/timing.ts';
import { LineupError, type LineupErrorOptions } from '../../domain/errors/errors.ts';
import { internalFact, joinSentences, type Sentence, sentence } from '../../domain/text/sentence.ts';
import type { Secret } from '../../domain/values/secret.ts';
import { firstError, get, isPassingStatus, jsonOf, readText, withDeadline } from '../http.ts';
import type { Connection } from './connection.ts';

/** An error of Lytics has some hundred bytes. The rest of a longer body is not read. */
const MAX_ERROR_BYTES = 8_000;

export type Attempted =
  | { readonly ok: true; readonly body: unknown }
  | { readonly ok: false; readonly failure: Failure };

/**
 * Returns every fault as a Failure, with two exceptions that it throws: the caller's abort, and a refusal by
 * the network guard.
 * @param mostBytes the longest answer; a longer one is a failure with `tooLarge`
 */
export async function attempt(
  connection: Connection,
  pathAndQuery: string,
  mostBytes: number,
  signal: AbortSignal | undefined,
): Promise<Attempted> {
  const { silenceMs, timeoutMs, origin } = connection;
  try {
    return await withDeadline(timeoutMs, signal, (inner) => exchange(connection, pathAndQuery, mostBytes, inner));
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof LineupError) throw error;
    if (error instanceof DeadlineError) {
      const seconds = Math.min(silenceMs, timeoutMs) / 1000;
      const problem = sentence`Lytics did not answer within ${seconds} seconds.`;
      return { ok: false, failure: { what: problem, reason: 'timeout', retryable: true, lost: true } };
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
  // Lytics takes the token without `Bearer`. It never redirects, so no redirect is followed: another server must not
  // get the token.
  const requestHeaders = { accept: 'application/json', authorization: token.reveal() };
  const answer = await withDeadline(silenceMs, signal, (inner) =>
    get(url, { headers: requestHeaders, agent, lookup: network?.lookup, signal: inner }),
  );
  try {
    const { statusCode: http = 0, headers } = answer;
    const taken = http >= 200 && http <= 299;
    const reading = readText(answer, taken ? mostBytes : MAX_ERROR_BYTES, silenceMs, signal);
    const text = taken ? await reading : await reading.catch(() => undefined);
    if (text === undefined && taken) return { ok: false, failure: tooLarge(http, mostBytes) };
    const body = jsonOf(text ?? '');
    // API v1 can also report an error in the body of a success. Then the status in the body counts.
    const status = taken ? (statusIn(body) ?? http) : http;
    if (status < 200 || status > 299) {
      const now = clock.now().getTime();
      const retryAfterMs = parseRetryAfter(headers['retry-after'] ?? null, headers.date ?? null, now);
      return { ok: false, failure: refusedWith(status, errorTextOf(body, status, token), retryAfterMs) };
    }
    if (body !== undefined) return { ok: true, body };
    const problem = sentence`Lytics answered ${String(status)}, but not in JSON.`;
    // A gateway that breaks off gives half an answer.
    return { ok: false, failure: { status, what: problem, reason: String(status), retryable: true, lost: true } };
  } finally {
    // No effect when the answer was read to its end.
    answer.destroy();
  }
}

function refusedWith(status: number, text: string, retryAfterMs: number | undefined): Failure {
  const problem =
    text === '' ? sentence`Lytics answered ${String(status)}.` : sentence`Lytics answered ${String(status)}: ${text}.`;
  // After a 5xx, nobody knows whether the request was carried out.
  const fate = { retryable: isPassingStatus(status), lost: status >= 500 };
  return { status, what: problem, reason: text || String(status), ...fate, retryAfterMs };
}

function tooLarge(status: number, mostBytes: number): Failure {
  const problem = sentence`Lytics answered with more than ${mostBytes / 1_000_000} MB, which is too much for Lineup.`;
  return { status, what: problem, reason: 'too_large', retryable: false, lost: true, tooLarge: true };
}

function networkFailure(error: unknown, origin: string): Failure {
  const cause = firstError(error);
  const { code, name: kind = 'unknown' } = (cause ?? {}) as { code?: unknown; name?: string };
  const name = typeof code === 'string' ? code : kind;
  const place = internalFact(origin, sentence`its origin`);
  const untrusted = /CERT|SELF_SIGNED|UNABLE_TO_/.test(name);
  const problem = untrusted
    ? sentence`The certificate of Lytics at ${place} is not trusted (${name}).`
    : sentence`Lytics could not be reached at ${place}, or the connection was lost (${name}).`;
  const fate = { retryable: !untrusted, lost: !untrusted && name !== 'ECONNREFUSED' };
  return { what: problem, reason: name, ...fate, cause };
}

export interface Failure {
  /** The HTTP status, if Lytics answered, also with an unreadable answer. */
  readonly status?: number;
  /** What happened. It contains no token and no identifier. */
  readonly what: Sentence;
  /** The code or text of Lytics, or the code of the system. */
  readonly reason: string;
  /** Whether the next attempt may succeed. */
  readonly retryable: boolean;
  /** Whether Lytics may have carried out the request, although its answer did not arrive. */
  readonly lost?: boolean;
  /** The answer was longer than the limit. */
  readonly tooLarge?: boolean;
  /** How long Lytics asks to wait, in ms. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** @param call the request, e.g. `GET /v2/segment` */
export function explainFailure(failure: Failure, call: string, attempts: number): LineupError {
  const { status, what: problem, reason, retryable, cause } = failure;
  const options: LineupErrorOptions = { reason, retryable, cause };
  if (status === 401) {
    return new LineupError(
      'source_unauthorized',
      sentence`Lytics does not accept the API token. It is wrong, expired or revoked. Enter a new one in the authorization.`,
      options,
    );
  }
  if (status === 403) {
    return new LineupError(
      'source_unauthorized',
      sentence`The role of the Lytics API token does not allow this request (${call}). Give the token a role that may read audiences, fields and profiles.`,
      options,
    );
  }
  return new LineupError(
    'source_failed',
    joinSentences(
      problem,
      attempts > 1 ? sentence`${call} was tried ${attempts} times.` : sentence`The request was ${call}.`,
      retryable ? sentence`Try again later.` : undefined,
    ),
    options,
  );
}

const status = z.union([z.number(), z.string().max(3)]).transform(Number);
const text = z.string().nullish();

/** The error body of v1, of v2 with a list of errors, or of v2 without one. */
const errorBody = z.union([
  z.object({ status, data: z.null(), message: text }),
  z.object({
    status,
    request_id: z.string(),
    errors: z.array(z.object({ code: text, message: text })).min(1),
  }),
  z.object({ status, request_id: z.string(), message: text }),
]);

/** The status of an error that came with a successful HTTP status. */
function statusIn(body: unknown): number | undefined {
  const found = z.object({ status }).safeParse(body).data?.status ?? 0;
  return found >= 400 && found <= 599 ? found : undefined;
}

/**
 * The text of an error of Lytics that may be shown. The origin is a setting, so a person could enter any
 * address and read the answer of another server here. So we show only bodies with the form of Lytics' errors,
 * and only the code and plain words from them: nothing that could be a secret, an address or a number.
 * @returns e.g. `FORBIDDEN-003, not authorized`; empty when nothing may be shown
 */
function errorTextOf(body: unknown, expected: number, token: Secret): string {
  const read = errorBody.safeParse(body).data;
  if (read?.status !== expected) return '';
  const error = 'errors' in read ? read.errors[0] : read;
  const code = error && 'code' in error && /^[A-Z_]{1,40}-\d{1,6}$/.test(error.code ?? '') ? error.code : '';
  return [code, plainText(error?.message ?? '', token.reveal())].filter(Boolean).join(', ');
}

/** A short text of words, or an empty string. A text that was cut would be hard to judge. */
function plainText(message: string, token: string): string {
  if (message.length > 120 || message.includes(token)) return '';
  const words = message.trim().replace(/\.$/, '').split(' ');
  return words.every((word) => /^\p{L}{1,20}[,;:]?$/u.test(word)) ? words.join(' ') : '';
}
