import { LineupError } from '../../contracts/errors.ts';
import { sentence } from '../../contracts/sentence.ts';

/** Shorter than proxies wait for an answer, and than people do. */
const TIMEOUT_MS = 30_000;

/**
 * What is asked of a source while somebody waits for the answer. A run tries a source that is silent again and again; a
 * person is told of it.
 * @throws {LineupError} `source_failed` when the time is up; whatever `work` does
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
