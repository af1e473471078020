import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../contracts/ports.ts';

/** The clock of this machine. Only the edges use it, and give it to everything else. */
export const systemClock: Clock = {
  now: () => new Date(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) => delay(ms, undefined, { signal }),
  until: (time, signal) => delay(Math.max(0, time.getTime() - Date.now()), undefined, { signal }),
  every: (ms, work) => {
    const timer = setInterval(work, ms).unref();
    return () => clearInterval(timer);
  },
};
