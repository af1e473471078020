import { setTimeout as delay } from 'node:timers/promises';

/** Time, passed in so that tests own it. */
export interface RemoteClock {
  now(): Date;
  /** Rejects when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: RemoteClock = {
  now: () => new Date(),
  sleep: (ms, signal) => delay(ms, undefined, { signal }),
};
