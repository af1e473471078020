/** When to end one attempt, and when to make the next one. */
import type { Failure } from './failure.ts';

/**
 * - `read`: changes nothing
 * - `repeatable_write`: sent twice it leaves the same state (rename, delete)
 * - `single_write`: sent twice it may act twice (upload, create)
 */
export type CallKind = 'read' | 'repeatable_write' | 'single_write';

export interface RetryFacts {
  kind: CallKind;
  failure: Failure;
  /** How many attempts were made, from 1. */
  attempts: number;
  maxRetries: number;
  /** How long the last attempt took, in ms. */
  tookMs: number;
  /** How long the other side has been unreachable, in ms: since the first of the latest network faults in a row. */
  unreachableMs: number;
  /** From 0 up to 1, for the jitter. */
  random: number;
}

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 8_000;
/** We do not wait longer than this. The error tells the caller a longer `Retry-After`. */
const LONGEST_RETRY_AFTER_MS = 60_000;
/** We give up an unreachable host within 30 seconds. One of them is a reserve for slow timers. */
const UNREACHABLE_BUDGET_MS = 29_000;

/**
 * The retry policy: ms to wait before the next attempt, or undefined to give up. Pure.
 * Neither LINE Ads nor LY Ads documents retries or `Retry-After`. The rules follow carefully from their answers.
 */
export function retryDelay(facts: RetryFacts): number | undefined {
  const { kind, failure } = facts;
  // A 4xx other than 429 and busy, a bad certificate, an unreadable file: the next attempt would fail, too.
  if (!failure.retryable) return undefined;
  // A second attempt could apply an upload twice, or after a later one. Only the caller can ask and decide.
  if (kind === 'single_write' && failure.mayBeTaken) return undefined;
  if (facts.attempts > facts.maxRetries) return undefined;

  // The server knows better than our own guess, but we do not wait without a limit.
  if (failure.retryAfterMs !== undefined) {
    return failure.retryAfterMs <= LONGEST_RETRY_AFTER_MS ? failure.retryAfterMs : undefined;
  }
  const delay = backoff(facts.attempts, LONGEST_DELAY_MS, facts.random);
  // After a network fault, the next attempt probably takes as long as the last one. Start none that would end too late.
  if (isNetworkFault(failure) && facts.unreachableMs + delay + facts.tookMs > UNREACHABLE_BUDGET_MS) {
    return undefined;
  }
  return delay;
}

export function isNetworkFault(failure: Failure): boolean {
  return failure.code === 'connection_failed' || failure.code === 'timeout';
}

/**
 * The delay after the given number of attempts, in ms. It doubles up to the longest one. Half of it is random, so that
 * clients which failed together do not come back together.
 * @param random from 0 up to 1
 */
function backoff(attempts: number, longestMs: number, random: number): number {
  const full = Math.min(longestMs, FIRST_DELAY_MS * 2 ** (attempts - 1));
  return Math.round(full / 2 + (full / 2) * random);
}

/**
 * `Retry-After` in ms. The header is a number of seconds or an HTTP date, which is compared with the server's own
 * clock when the answer tells it. Undefined when absent or unreadable.
 */
export function parseRetryAfter(header: string | null, serverDate: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1000;
  const until = Date.parse(header);
  if (Number.isNaN(until)) return undefined;
  const serverNow = Date.parse(serverDate ?? '');
  return Math.max(0, until - (Number.isNaN(serverNow) ? now : serverNow));
}

/** The work was stopped because its time was over. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
}

/**
 * Runs the work under a signal that aborts with the caller's signal, or after `ms`. Then the promise rejects with the
 * signal's reason (DeadlineError after `ms`), even if the work ignores the signal. No timer or listener stays,
 * because a program may make many thousand calls under one signal.
 * @param wait waits for the deadline
 */
export async function withDeadline<T>(
  ms: number,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
  wait: (ms: number, signal: AbortSignal) => Promise<void>,
): Promise<T> {
  outer?.throwIfAborted();
  const controller = new AbortController();
  const stopped = new Promise<never>((_, reject) => {
    controller.signal.addEventListener('abort', () => reject(controller.signal.reason), { once: true });
  });
  const passOn = () => controller.abort(outer?.reason);
  outer?.addEventListener('abort', passOn, { once: true });
  const expire = () => controller.abort(new DeadlineError(`${ms} ms have passed`));
  const done = new AbortController();
  // The wait rejects when it is not needed any more.
  wait(ms, done.signal).then(expire, () => {});
  try {
    return await Promise.race([work(controller.signal), stopped]);
  } finally {
    done.abort('The work has ended.');
    outer?.removeEventListener('abort', passOn);
  }
}
