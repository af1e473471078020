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
