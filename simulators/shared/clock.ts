import { setTimeout as delay } from 'node:timers/promises';

/** Waits for real time. Rejects when the signal aborts. */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;

/**
 * The two times of a simulator. Processes and expiry use a virtual time that can be moved forward, so that
 * nobody has to wait. The clock of the simulated service, for `Date` headers and signatures, shows only the
 * skew: a client's signature must stay valid when the virtual time jumps.
 */
export class Clock {
  readonly #now: () => number;
  readonly sleep: Sleep;
  #advanced = 0;

  /** By default both are those of this machine. */
  constructor(now = Date.now, sleep: Sleep = (ms, signal) => delay(ms, undefined, { signal })) {
    this.#now = now;
    this.sleep = sleep;
  }

  /** Virtual time in milliseconds. */
  time(): number {
    return this.#now() + this.#advanced;
  }

  /** Virtual time, ISO 8601. */
  iso(): string {
    return new Date(this.time()).toISOString();
  }

  /** The clock of the simulated service, in milliseconds. */
  server(skewMs: number): number {
    return this.#now() + skewMs;
  }

  advance(ms: number): void {
    this.#advanced += ms;
  }
}
