import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { requireInteger } from './check.ts';

/** Lets the next request begin. Give your own to share LINE's limit between processes. */
export interface Limiter {
  /** Resolves when a request may be sent; rejects when the signal aborts. */
  acquire(signal?: AbortSignal): Promise<void>;
}

/** Ms; an owned one makes tests instant. Rejects when the signal aborts. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;

export interface LimiterOptions {
  /** Requests in one window. Minimum: 1. @default 10 */
  requests?: number | undefined;
  /** Ms. Minimum: 0. @default 1200: LINE's second, and a margin for requests that travel at different speeds */
  windowMs?: number | undefined;
  /** A clock in ms that never goes back. @default the process's monotonic clock */
  now?: (() => number) | undefined;
  sleep?: Sleep | undefined;
}

/**
 * A sliding window: of any `requests + 1` grants in a row, the last comes at least a window after the first, so no
 * burst passes at any boundary. Each caller takes the next free time at once and sleeps until then: first come, first
 * served, and one timer a caller.
 */
export class SlidingWindowLimiter implements Limiter {
  readonly #requests: number;
  readonly #windowMs: number;
  readonly #now: () => number;
  readonly #sleep: Sleep;
  /** The times of the latest grants, in order; at most `requests` of them. Some may lie ahead. */
  readonly #grants: number[] = [];

  constructor(options: LimiterOptions = {}) {
    this.#requests = options.requests ?? 10;
    this.#windowMs = options.windowMs ?? 1_200;
    requireInteger('requests', this.#requests, 1);
    requireInteger('windowMs', this.#windowMs, 0);
    this.#now = options.now ?? (() => performance.now());
    this.#sleep = options.sleep ?? sleepFor;
  }

  async acquire(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const now = this.#now();
    const full = this.#grants.length === this.#requests;
    const grant = full ? Math.max(now, this.#grants.shift()! + this.#windowMs) : now;
    // A caller that aborts while it waits leaves its grant unused: slower by one, never over the limit.
    this.#grants.push(grant);
    if (grant > now) await this.#sleep(grant - now, signal);
  }
}

/** Rejects with the signal's reason when it aborts. */
export async function sleepFor(ms: number, signal?: AbortSignal): Promise<void> {
  // Node fires a timer up to a millisecond early.
  await wait(Math.ceil(ms) + 1, undefined, signal === undefined ? {} : { signal });
}

const shared = new Map<string, Limiter>();

/** The limiter of an access key, one a process: LINE counts by key, however many clients use it. */
export function sharedLimiter(accessKey: string): Limiter {
  let limiter = shared.get(accessKey);
  if (limiter === undefined) {
    limiter = new SlidingWindowLimiter();
    shared.set(accessKey, limiter);
  }
  return limiter;
}
