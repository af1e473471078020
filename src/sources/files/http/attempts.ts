/**
 * The first requests for a file or a list: a few attempts, because a person may wait. A job is repeated by itself
 * later.
 */
import type { Clock } from '../../../contracts/ports.ts';
import { retryDelay } from '../../http.ts';
import { UnavailableError } from './request.ts';

export const ATTEMPTS_TO_BEGIN = 3;

/** Repeats the work after `UnavailableError`. @throws what the last attempt throws */
export async function fewAttempts<T>(
  clock: Pick<Clock, 'sleep'>,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      const again = error instanceof UnavailableError && attempts < ATTEMPTS_TO_BEGIN;
      const wait = again ? retryDelay(error, attempts, Math.random()) : undefined;
      if (wait === undefined) throw error;
      await clock.sleep(wait, signal);
    }
  }
}
