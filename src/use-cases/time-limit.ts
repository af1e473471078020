import type { Clock } from '../contracts/ports.ts';

/** What has a limit of time gets it from this clock. */
export type LimitingClock = Pick<Clock, 'sleep'>;

/**
 * A signal that aborts after `ms`, with the reason of `AbortSignal.timeout`. Call `end` when the work has ended, so
 * that no timer stays.
 */
export function timeLimit({ sleep }: LimitingClock, ms: number): { signal: AbortSignal; end: () => void } {
  const limit = new AbortController();
  const ended = new AbortController();
  const expire = () => limit.abort(new DOMException(`${ms} ms have passed`, 'TimeoutError'));
  // The wait rejects when the work has ended.
  sleep(ms, ended.signal).then(expire, () => {});
  return { signal: limit.signal, end: () => ended.abort() };
}
