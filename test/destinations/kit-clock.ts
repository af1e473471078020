/** A clock of the test: short waits end at once and move it on, and the other side with it. */
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../src/contracts/ports.ts';
import { systemClock } from '../../src/machine/system-clock.ts';

/** A longer wait is a time limit, which nobody reaches here. */
const LONGEST_PAUSE_MS = 12_000;

export class KitClock implements Clock {
  /** Moves the other side. */
  onAdvance: (ms: number) => void = () => {};
  #aheadMs = 0;

  advance(ms: number): void {
    this.#aheadMs += ms;
    this.onAdvance(ms);
  }

  readonly now = (): Date => new Date(Date.now() + this.#aheadMs);
  readonly monotonic = (): number => performance.now() + this.#aheadMs;

  readonly sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
    signal?.throwIfAborted();
    const end = this.monotonic() + ms;
    if (ms > LONGEST_PAUSE_MS) return aborted(signal);
    await setImmediate();
    signal?.throwIfAborted();
    this.advance(Math.max(0, Math.ceil(end - this.monotonic())));
  };

  readonly until = (time: Date, signal?: AbortSignal): Promise<void> =>
    this.sleep(Math.max(0, time.getTime() - this.now().getTime()), signal);

  readonly every = systemClock.every;
}

const aborted = (signal: AbortSignal | undefined): Promise<never> =>
  new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason), { once: true }));
