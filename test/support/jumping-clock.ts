import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../src/contracts/ports.ts';
import { systemClock } from '../../src/machine/system-clock.ts';

/** How often it jumps. In between, what does not depend on the clock (files, the network) happens in its own time. */
const BEAT_MS = 5;

/**
 * A clock that shows the time of this machine, until `hurry`. From then on it jumps to the end of the next wait, again
 * and again, so that nobody waits for a time limit.
 */
export class JumpingClock implements Clock {
  readonly #waits = new Set<{ readonly end: number; readonly wake: () => void }>();
  #aheadMs = 0;
  #beat: NodeJS.Timeout | undefined;

  /** @returns a function that ends the jumps, and gives the time that has passed on this clock, in milliseconds */
  hurry(): () => number {
    const began = this.monotonic();
    this.#beat = setInterval(() => this.#jump(), BEAT_MS);
    return () => {
      clearInterval(this.#beat);
      return this.monotonic() - began;
    };
  }

  #jump(): void {
    const end = Math.min(...[...this.#waits].map((wait) => wait.end));
    if (end === Number.POSITIVE_INFINITY) return;
    this.#aheadMs += Math.max(0, end - this.monotonic());
    for (const wait of this.#waits) if (wait.end <= this.monotonic()) wait.wake();
  }

  readonly now = (): Date => new Date(Date.now() + this.#aheadMs);
  readonly monotonic = (): number => performance.now() + this.#aheadMs;

  readonly sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
    signal?.throwIfAborted();
    const woken = new AbortController();
    const wait = { end: this.monotonic() + ms, wake: () => woken.abort() };
    this.#waits.add(wait);
    const either = signal ? AbortSignal.any([signal, woken.signal]) : woken.signal;
    // Rejects when it is woken, and when the caller stops it.
    await delay(ms, undefined, { signal: either }).catch(() => {});
    this.#waits.delete(wait);
    signal?.throwIfAborted();
  };

  readonly until = (time: Date, signal?: AbortSignal): Promise<void> =>
    this.sleep(Math.max(0, time.getTime() - this.now().getTime()), signal);

  readonly every = systemClock.every;
}
