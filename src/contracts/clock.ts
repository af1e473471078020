import { setTimeout as delay } from 'node:timers/promises';

/** Time, passed in so that tests own it. LINE's client takes `sleep` as it is. */
export interface Clock {
  now(): Date;
  /** Resolves after `ms`. Rejects with the signal's reason when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Resolves at `time`. Rejects like `sleep`. A clock that is put forward gets there sooner. */
  until(time: Date, signal?: AbortSignal): Promise<void>;
}

/** The clock of this machine. */
export const systemClock: Clock = {
  now: () => new Date(),
  sleep: (ms, signal) => delay(ms, undefined, { signal }),
  until: (time, signal) => delay(Math.max(0, time.getTime() - Date.now()), undefined, { signal }),
};
