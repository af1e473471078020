/** Sends a request once. */
import { gunzip } from 'node:zlib';
import { DeadlineError, parseRetryAfter } from '../../../packages/client-core/src/timing.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { firstError, get, isPassingStatus, jsonOf, post, readBytes, withDeadline } from '../http.ts';
import type { Connection } from './connection.ts';

export interface Call {
  /** Absent for a GET. */
  readonly json?: string;
  readonly pathAndQuery: string;
  /** The longest answer, as it is sent: an answer may be compressed. */
  readonly mostBytes: number;
}

export interface Answer {
  readonly ok: true;
  /** 200 or 202. */
  readonly status: number;
  readonly body: readonly Buffer[];
  readonly gzip: boolean;
}

/** Why an attempt failed. It contains no credential and no text of the server. */
export interface Failure {
  readonly ok: false;
  /** The HTTP status, if Snowflake answered. */
  readonly status?: number;
  /** The code of Snowflake, such as `002003`, or of the system, such as `ECONNRESET`. Empty: neither. */
  readonly code: string;
  readonly sqlState?: string;
  /** Where a query is wrong: the numbers in the message of Snowflake. */
  readonly position?: { readonly line: number; readonly column: number };
  /** By how many ms the clock of this machine is behind that of Snowflake. */
  readonly clockBehindMs?: number;
  readonly retryable: boolean;
  readonly retryAfterMs?: number;
}

/** An error has some hundred bytes. The rest of a longer body is not read. */
const MAX_ERROR_BYTES = 16_000;

/** Returns every fault as a Failure, except the caller's abort and a refusal by the network guard. */
export async function attempt(
  connection: Connection,
  call: Call,
  signal: AbortSignal | undefined,
): Promise<Answer | Failure> {
  try {
    return await withDeadline(connection.timeoutMs, signal, (inner) => exchange(connection, call, inner));
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof LineupError) throw error;
    if (error instanceof DeadlineError) return { ok: false, code: 'silent', retryable: true };
    return networkFailure(error);
  }
}

async function exchange(connection: Connection, call: Call, signal: AbortSignal): Promise<Answer | Failure> {
  const { origin, network, agent, clock, silenceMs, token, tokenType } = connection;
  const url = new URL(origin + call.pathAndQuery);
  network?.assertAllowed(url.hostname);
  // No redirect is followed: another server must not get the token.
  const headers = {
    accept: 'application/json',
    ...(call.json !== undefined && { 'content-type': 'application/json' }),
    'accept-encoding': 'gzip',
    authorization: `Bearer ${token(clock.now()).reveal()}`,
    'x-snowflake-authorization-token-type': tokenType,
  };
  const answer = await withDeadline(silenceMs, signal, (inner) => {
    const request = { headers, agent, lookup: network?.lookup, signal: inner };
    return call.json === undefined ? get(url, request) : post(url, request, call.json);
  });
  try {
    const { statusCode: status = 0, headers: given } = answer;
    const gzip = given['content-encoding'] === 'gzip';
    if (status === 200 || status === 202) {
      const body = await readBytes(answer, call.mostBytes, silenceMs, signal);
      if (body === undefined) return { ok: false, status, code: 'too_large', retryable: false };
      return { ok: true, status, body, gzip };
    }
    const body = await readBytes(answer, MAX_ERROR_BYTES, silenceMs, signal).catch(() => undefined);
    const now = clock.now().getTime();
    return {
      ok: false,
      status,
      ...errorIn(await textOf(body ?? [], gzip, MAX_ERROR_BYTES).catch(() => '')),
      clockBehindMs: given.date === undefined ? undefined : Date.parse(given.date) - now,
      retryable: isPassingStatus(status),
      retryAfterMs: parseRetryAfter(given['retry-after'] ?? null, given.date ?? null, now),
    };
  } finally {
    // No effect when the answer was read to its end.
    answer.destroy();
  }
}

/** The text of a short answer. @throws for broken gzip, or for a text of more than `mostBytes` */
export async function textOf(body: readonly Buffer[], gzip: boolean, mostBytes: number): Promise<string> {
  const whole = Buffer.concat(body);
  if (!gzip) return whole.toString();
  return new Promise((resolve, reject) => {
    gunzip(whole, { maxOutputLength: mostBytes }, (error, text) => (error ? reject(error) : resolve(text.toString())));
  });
}

/** Only the codes and the numbers of the position. The text may quote values of members. */
function errorIn(text: string): Pick<Failure, 'code' | 'sqlState' | 'position'> {
  const { code, sqlState, message } = Object(jsonOf(text)) as Readonly<Record<string, unknown>>;
  const [, line, column] = /\bline (\d{1,6}) at position (\d{1,6})\b/.exec(String(message).slice(0, 2000)) ?? [];
  return {
    code: typeof code === 'string' && /^\d{6}$/.test(code) ? code : '',
    ...(typeof sqlState === 'string' && /^[0-9A-Z]{5}$/.test(sqlState) && { sqlState }),
    // Snowflake counts positions from 0.
    ...(line !== undefined && { position: { line: Number(line), column: Number(column) + 1 } }),
  };
}

function networkFailure(error: unknown): Failure {
  const { code, name = 'unknown' } = Object(firstError(error)) as { code?: unknown; name?: string };
  const reason = typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code) ? code : name;
  const final = reason === 'ENOTFOUND' || /CERT|SELF_SIGNED|UNABLE_TO_/.test(reason);
  return { ok: false, code: reason, retryable: !final };
}
