/** When a read of a remote source is tried again. */

/** What the policy must know of a failure. */
export interface Retryable {
  /** Whether the next attempt may end otherwise. */
  readonly retryable: boolean;
  /** How long the other side asks to wait, in ms. */
  readonly retryAfterMs?: number;
}

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 16_000;
/** A longer `Retry-After` is the caller's business. */
const LONGEST_RETRY_AFTER_MS = 60_000;
/** All waits together come to about half a minute: an hour's scan outlasts a restart of the other side, and a person does not wait long. */
const MOST_ATTEMPTS = 7;

/**
 * The retry policy: ms to wait before the same request is sent again, or undefined to give up. Pure. Every request is a
 * read, so all that matters is whether the next attempt may end otherwise. A `Retry-After` goes before our own guess.
 * @param attempts how many were made, from 1
 * @param random from 0 up to 1: half of the wait is random, so that clients do not come back all at once
 */
export function retryDelay(failure: Retryable, attempts: number, random: number): number | undefined {
  if (!failure.retryable || attempts >= MOST_ATTEMPTS) return undefined;
  const { retryAfterMs } = failure;
  if (retryAfterMs !== undefined) return retryAfterMs <= LONGEST_RETRY_AFTER_MS ? retryAfterMs : undefined;
  const full = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempts - 1));
  return Math.round(full / 2 + (full / 2) * random);
}

/** `Retry-After` in ms, given as seconds or as a date; undefined when absent or unreadable. */
export function parseRetryAfter(header: string | null, now: Date): number | undefined {
  if (header === null) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const until = Date.parse(header);
  return Number.isNaN(until) ? undefined : Math.max(0, until - now.getTime());
}
