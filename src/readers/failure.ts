/** Failures on their way from a reader to the service: taken apart there, put together here. */
import { LineupError } from '../contracts/errors.ts';
import { sentence } from '../contracts/sentence.ts';
import { type Failure, LONGEST_ANSWER } from './protocol.ts';

export function takeApart(error: unknown): Failure {
  if (error instanceof LineupError) {
    const { code, message, sentence = null, reason, retryable, fields } = error;
    return { code, message, sentence, reason, retryable, fields };
  }
  const { name, message, stack = '' } = error instanceof Error ? error : new Error(String(error));
  return { fault: { name, message, stack } };
}

export function putTogether(failure: Failure): Error {
  if ('fault' in failure) {
    const { name, message, stack } = failure.fault;
    return Object.assign(new Error(message), { name, stack });
  }
  const { code, message, sentence, reason, ...options } = failure;
  return new LineupError(code, sentence ?? message, { ...options, reason: reason ?? undefined });
}

/** What a source gives that nobody could choose from. */
export const tooMuch = (): LineupError =>
  new LineupError(
    'source_unsupported',
    sentence`The source describes itself with more than ${LONGEST_ANSWER / 1_000_000} MB of text, which is more than Lineup takes. Give it fewer fields, or shorter names.`,
  );
