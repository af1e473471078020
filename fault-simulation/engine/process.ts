/** A process of the service in a history: its clock, its random numbers, and whether it lives. */
import type { Clock, Release } from '../../src/contracts/ports.ts';
import { Random } from './random.ts';
import type { Timeline } from './timeline.ts';

export class Process {
  readonly name: string;
  readonly clock: Clock;
  readonly random: () => number;
  /** Nothing happens in the process before this machine time: it stands still, and does not know it. */
  frozenUntil = 0;
  isDead = false;
  /** How far its wall clock is from the right time. */
  clockErrorMs = 0;
  readonly #timeline: Timeline;

  constructor(timeline: Timeline, name: string, seed: number) {
    this.#timeline = timeline;
    this.name = name;
    const random = new Random(seed, name);
    this.random = () => random.next();
    this.clock = {
      now: () => new Date(timeline.wall + this.clockErrorMs),
      monotonic: () => timeline.now,
      sleep: (ms, signal) => this.#sleep(ms, signal),
      until: (time, signal) => this.#until(time, signal),
      every: (ms, work) => this.#every(ms, work),
    };
  }

  /** Something outside of the process for which it waits. It never ends when the process dies meanwhile. */
  operation<T>(event: string, work: () => T, delayMs = 0): Promise<T> {
    if (this.isDead) return new Promise(() => {});
    return this.#timeline.operation(this, event, work, delayMs);
  }

  kill(): void {
    this.isDead = true;
    this.#timeline.forget(this);
  }

  #sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#wait('sleep', () => ms, signal);
  }

  /**
   * Ends earlier when the calendar is moved ahead meanwhile, but not later when the clock is set back: timers do not
   * know.
   */
  #until(time: Date, signal?: AbortSignal): Promise<void> {
    const calendarLeft = () => time.getTime() - this.clock.now().getTime();
    const end = this.#timeline.now + calendarLeft();
    const left = () => Math.min(calendarLeft(), end - this.#timeline.now);
    return this.#wait('until', left, signal, left);
  }

  #wait(
    event: string,
    delay: () => number,
    signal: AbortSignal | undefined,
    left: () => number = () => 0,
  ): Promise<void> {
    if (this.isDead) return new Promise(() => {});
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      let cancel: Release;
      const onAbort = () => {
        cancel();
        reject(signal?.reason);
      };
      const arm = () => {
        cancel = this.#timeline.schedule(this, event, delay(), () => {
          if (left() > 0) return arm();
          signal?.removeEventListener('abort', onAbort);
          resolve();
        });
      };
      arm();
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  #every(ms: number, work: () => void): Release {
    let cancel: Release = () => {};
    const arm = () => {
      cancel = this.#timeline.schedule(this, 'timer', ms, () => {
        arm();
        work();
      });
    };
    if (!this.isDead) arm();
    return () => cancel();
  }
}
