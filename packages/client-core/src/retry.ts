/** When to make the next attempt. */
import type { Failure } from './failure.ts';
import { backoff } from './timing.ts';

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
