/** One HTTP request to a remote source, and its answer as far as it may go. */
import { type Agent, type IncomingMessage, request as overHttp } from 'node:http';
import { request as overHttps } from 'node:https';
import type { LookupFunction } from 'node:net';

export interface Request {
  readonly headers: Readonly<Record<string, string>>;
  /** Keeps connections; false: a connection of its own. @default Node.js's own agent */
  readonly agent?: Agent | false;
  /** Resolves the name. @default the system */
  readonly lookup?: LookupFunction;
  readonly signal: AbortSignal;
}

/** A GET whose answer has begun; no redirect is followed. Whoever takes it reads it to its end, or destroys it. */
export function get(url: URL, { headers, agent, lookup, signal }: Request): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const call = (url.protocol === 'https:' ? overHttps : overHttp)(
      url,
      {
        ...(agent !== undefined && { agent }),
        ...(lookup && { lookup }),
        headers: { 'accept-encoding': 'identity', 'user-agent': 'Lineup', ...headers },
        signal,
      },
      resolve,
    );
    // Stays: what breaks later is told by the answer, and here a second time.
    call.on('error', reject);
    call.end();
  });
}

/**
 * The whole text of an answer; undefined when it is longer than `mostBytes`, and then no more of it is read.
 * @throws {TimeIsUp} when nothing comes for `silenceMs`; whatever the connection breaks with
 */
export async function readText(
  answer: IncomingMessage,
  mostBytes: number,
  silenceMs: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const blocks: AsyncIterator<Buffer> = answer[Symbol.asyncIterator]();
  const taken: Buffer[] = [];
  let length = 0;
  for (;;) {
    const next = await within(silenceMs, signal, () => blocks.next());
    if (next.done) return new TextDecoder().decode(Buffer.concat(taken));
    length += next.value.length;
    if (length > mostBytes) {
      answer.destroy();
      return undefined;
    }
    taken.push(next.value);
  }
}

/** Why the work was stopped: its time was up. */
export class TimeIsUp extends Error {
  override readonly name = 'TimeIsUp';
}

/**
 * Runs the work under a signal that aborts with the caller's, or after `ms`. It then rejects at once with the signal's
 * reason, whether the work heeds the signal or not, and no timer or listener is left: a scan makes many thousand calls.
 */
export async function within<T>(
  ms: number,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  outer?.throwIfAborted();
  const controller = new AbortController();
  const { signal } = controller;
  const passOn = () => controller.abort(outer?.reason);
  outer?.addEventListener('abort', passOn, { once: true });
  const timer = setTimeout(() => controller.abort(new TimeIsUp()), ms);
  const stopped = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => stopped.reject(signal.reason), { once: true });
  try {
    return await Promise.race([work(signal), stopped.promise]);
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener('abort', passOn);
  }
}

/** When a read of a remote source is tried again. */

/** What the policy must know of a failure. */
export interface Retryable {
  /** Whether the next attempt may succeed. */
  readonly retryable: boolean;
  /** How long the other side asks to wait, in ms. */
  readonly retryAfterMs?: number;
}

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 16_000;
/** We do not wait longer than this for a `Retry-After`: the read fails. */
const LONGEST_RETRY_AFTER_MS = 60_000;
/** All waits together take about half a minute: a long scan survives a restart of the other side, and no person waits long. */
const MOST_ATTEMPTS = 7;

/**
 * The retry policy: ms to wait before the same request is sent again, or undefined to give up. Pure. Every request is a
 * read, so it only matters whether the next attempt may succeed. The server's `Retry-After` counts before our own guess.
 * @param attempts how many were made, from 1
 * @param random from 0 up to 1: half of the wait is random, so that clients do not all come back at once
 */
export function retryDelay(failure: Retryable, attempts: number, random: number): number | undefined {
  if (!failure.retryable || attempts >= MOST_ATTEMPTS) return undefined;
  const { retryAfterMs } = failure;
  if (retryAfterMs !== undefined) return retryAfterMs <= LONGEST_RETRY_AFTER_MS ? retryAfterMs : undefined;
  const full = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempts - 1));
  return Math.round(full / 2 + (full / 2) * random);
}
