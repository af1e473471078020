import { LineupError } from '../../contracts/errors.ts';
import { sentence } from '../../contracts/sentence.ts';

/** Shorter than the timeouts of proxies, and than people wait. */
const TIMEOUT_MS = 30_000;

/**
 * Limits the time of a request to a source while a person waits. A run retries a source that does not answer; a person gets an error.
 * @throws {LineupError} `source_failed` on a timeout; the errors of `work`
 */
export async function withTimeout<T>(
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
  timeoutMs = TIMEOUT_MS,
): Promise<T> {
  const timeIsUp = AbortSignal.timeout(timeoutMs);
  try {
    return await work(AbortSignal.any([signal, timeIsUp]));
  } catch (error) {
    if (!timeIsUp.aborted || signal.aborted) throw error;
    throw new LineupError(
      'source_failed',
      sentence`The source did not answer within ${timeoutMs / 1000} seconds.`,
      { retryable: true, cause: error },
    );
  }
}
