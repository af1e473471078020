/**
 * When a job tries again.
 *
 * After a passing fault: after 1 minute, then 2, 4, 8, …, as long as its errors in a row last no longer than the limit; the
 * last try is at the limit itself. While it waits until a cause is gone: at the same intervals, but at least once an hour, and
 * without a limit.
 */
import { LONGEST_WAIT_MS } from '../contracts/job-display.ts';
import type { Errors } from '../contracts/jobs.ts';

const FIRST_MS = 60_000;

/** The moment of the next try, or undefined when the limit is reached and the job has failed. */
export function nextTry(errors: Errors, now: Date, limitMs: number): Date | undefined {
  // A clock that was put back must not make the errors look young: at least the waits so far have passed.
  const waited = FIRST_MS * (2 ** (errors.count - 1) - 1);
  const elapsed = Math.max(now.getTime() - errors.since.getTime(), Math.min(waited, limitMs));
  const left = limitMs - elapsed;
  if (left <= 0) return undefined;
  return new Date(now.getTime() + Math.min(intervalAfter(errors), left));
}

/** The moment at which a job that waits for a cause to go looks again by itself. */
export const nextLook = (errors: Errors, now: Date): Date =>
  new Date(now.getTime() + Math.min(intervalAfter(errors), LONGEST_WAIT_MS));

const intervalAfter = ({ count }: Errors): number => FIRST_MS * 2 ** (count - 1);
