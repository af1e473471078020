/** Sends a request again after a temporary failure. */

import type { Clock } from '../../contracts/ports.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import { retryDelay } from '../http.ts';

/** Time and chance, for the waits. */
interface Waiting {
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  readonly random: () => number;
}

/**
 * A refusal of one attempt. Some are worth another attempt, although a person cannot simply try again, and vice versa.
 */
export class AttemptError extends Error {
  override readonly name = 'AttemptError';
  readonly error: LineupError;
  readonly temporary: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(error: LineupError, temporary: boolean, retryAfterMs?: number) {
    super(error.message);
    this.error = error;
    this.temporary = temporary;
    this.retryAfterMs = retryAfterMs;
  }
}

/** @throws {LineupError} of the last attempt, or `interrupted` */
export async function withRetries<T>(
  account: Waiting,
  signal: AbortSignal | undefined,
  attempt: () => Promise<T>,
): Promise<T> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await attempt();
    } catch (error) {
      const failed = attemptedOf(error);
      const wait = retryDelay(
        { retryable: failed.temporary, retryAfterMs: failed.retryAfterMs },
        attempts,
        account.random(),
      );
      if (wait === undefined) throw failed.error;
      await pause(account, wait, signal);
    }
  }
}

/** @throws anything that is not a failure of BigQuery */
function attemptedOf(error: unknown): AttemptError {
  if (error instanceof AttemptError) return error;
  if (error instanceof LineupError) return new AttemptError(error, error.retryable);
  throw error;
}

/** @throws {LineupError} `interrupted` */
export async function pause(
  { clock }: Pick<Waiting, 'clock'>,
  ms: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  await clock.sleep(ms, signal).catch((error: unknown) => {
    throw signal?.aborted ? stopped() : error;
  });
}

export const stopped = (): LineupError =>
  new LineupError('interrupted', sentence`The request to BigQuery was stopped.`);
