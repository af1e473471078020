/** Sends a request once. */

import { z } from 'zod';
import { parseRetryAfter } from '../../../packages/line-ads/src/retry.ts';
import { LineupError, type LineupErrorOptions } from '../../contracts/errors.ts';
import type { Secret } from '../../contracts/secret.ts';
import { inside, type Sentence, sentence, together } from '../../contracts/sentence.ts';
import { get, readText, TimeIsUp, within } from '../http.ts';
import type { Connection } from './connection.ts';

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

export interface Failure {
  /** HTTP status, when Lytics answered; of an answer that cannot be read there is one, too. */
  readonly status?: number;
  /** What happened: without the token, without an identifier. */
  readonly what: Sentence;
  /** Lytics's own word for it, or the system's. */
  readonly reason: string;
  /** Whether the next attempt may end otherwise. */
  readonly retryable: boolean;
  /** Whether Lytics may have carried out the request although its answer did not arrive. */
  readonly lost?: boolean;
  /** The answer was longer than is read. */
  readonly tooLarge?: boolean;
  /** How long Lytics asks to wait, in ms. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** Statuses after which the same request may succeed: the rest would be refused again (lytics-api.md section 3). */
const isRetryableStatus = (status: number): boolean => status === 429 || status >= 500;

/** @param call the request, e.g. `GET /v2/segment` */
export function explainFailure(failure: Failure, call: string, attempts: number): LineupError {
  const { status, what, reason, retryable, cause } = failure;
  const options: LineupErrorOptions = { reason, retryable, cause };
  if (status === 401) {
    return new LineupError(
      'source_unauthorized',
      sentence`Lytics does not accept the API token: it is wrong, expired or was revoked. Enter a new one in the authorization.`,
      options,
    );
  }
  if (status === 403) {
    return new LineupError(
      'source_unauthorized',
      sentence`The role of the Lytics API token does not allow to read this (${call}). Give the token a role that may read audiences, fields and profiles.`,
      options,
    );
  }
  return new LineupError(
    'source_failed',
    together(
      what,
      attempts > 1 ? sentence`${call} was tried ${attempts} times.` : sentence`The request was ${call}.`,
      retryable ? sentence`Try again later.` : undefined,
    ),
    options,
  );
}

const status = z.union([z.number(), z.string().max(3)]).transform(Number);
const text = z.string().nullish();

/** v1, or v2 with a list of errors, or flat (lytics-api.md section 1). */
const refusal = z.union([
  z.object({ status, data: z.null(), message: text }),
  z.object({
    status,
    request_id: z.string(),
    errors: z.array(z.object({ code: text, message: text })).min(1),
  }),
  z.object({ status, request_id: z.string(), message: text }),
]);

/** The status of an error that came as a success. */
function statusIn(body: unknown): number | undefined {
  const found = z.object({ status }).safeParse(body).data?.status ?? 0;
  return found >= 400 && found <= 599 ? found : undefined;
}

/**
 * What an error of Lytics says, as far as it may be shown. Whoever enters an origin could otherwise have somebody else’s answer
 * read out to them. So only what has the form of Lytics’ errors is shown, and of that its code and a few plain words: nothing in
 * which a secret, an address or a number could be.
 * @returns e.g. `FORBIDDEN-003, not authorized`; empty when nothing of it may be shown
 */
function toldBy(body: unknown, expected: number, token: Secret): string {
  const read = refusal.safeParse(body).data;
  if (read?.status !== expected) return '';
  const error = 'errors' in read ? read.errors[0] : read;
  const code = error && 'code' in error && /^[A-Z_]{1,40}-\d{1,6}$/.test(error.code ?? '') ? error.code : '';
  return [code, plainWords(error?.message ?? '', token.reveal())].filter(Boolean).join(', ');
}

/** A short line of words, or nothing at all: of a text that was cut nobody could tell what it is. */
function plainWords(message: string, token: string): string {
  if (message.length > 120 || message.includes(token)) return '';
  const words = message.trim().replace(/\.$/, '').split(' ');
  return words.every((word) => /^\p{L}{1,20}[,;:]?$/u.test(word)) ? words.join(' ') : '';
}
