/**
 * When a job that met a passing fault tries again: after 1 minute, then 2, 4, 8, …, as long as its errors in a row last no
 * longer than the limit; the last try is at the limit itself.
 */
import type { Errors } from '../contracts/jobs.ts';

const FIRST_MS = 60_000;

/** The moment of the next try, or undefined when the limit is reached and the job has failed. */
export function nextTry(errors: Errors, now: Date, limitMs: number): Date | undefined {
  // A clock that was put back must not make the errors look young: at least the waits so far have passed.
  const waited = FIRST_MS * (2 ** (errors.count - 1) - 1);
  const elapsed = Math.max(now.getTime() - errors.since.getTime(), Math.min(waited, limitMs));
  const left = limitMs - elapsed;
  if (left <= 0) return undefined;
  const delay = FIRST_MS * 2 ** (errors.count - 1);
  return new Date(now.getTime() + Math.min(delay, left));
}
