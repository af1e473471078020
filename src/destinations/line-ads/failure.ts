/**
 * Explains LINE's failures at the border: what happened, LINE's reason, and its meaning. Advice for the command line is
 * in src/cli/advice.ts, advice for the web app in its messages.
 */
import { LineAdsError, listReasons, networkFaultOf, reasonAdvice } from '../../../packages/line-ads/src/index.ts';
import { type ErrorCode, LineupError } from '../../domain/errors/errors.ts';
import { asSentence, joinSentences, type Sentence, sentence } from '../../domain/text/sentence.ts';
import { clockSentence, isFarOff } from '../line-clock.ts';

/** The result of a call, or its failure explained. @throws {LineupError} and other errors as they are */
export async function explained<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw error instanceof LineAdsError ? explain(error) : error;
  }
}

/** The error to show for a failure of LINE. */
export function explain(error: LineAdsError): LineupError {
  // The chunk could not be read. The reader's own error explains it.
  if (error.code === 'file_unreadable' && error.cause instanceof LineupError) return error.cause;
  const code = codeOf(error);
  return new LineupError(
    code,
    joinSentences(
      factOf(error),
      error.attempts > 1 ? sentence`It was tried ${error.attempts} times.` : undefined,
      ...meaningOf(error, code),
    ),
    {
      reason: error.reasons[0]?.reason,
      // Also an answer that nobody can read, as a maintenance page with 200: the job is tried again later.
      retryable: error.retryable || code === 'line_unavailable',
      cause: error,
    },
  );
}

/** What happened on the network, in words, for an error of `fetch` or of a socket. */
export function networkFault(error: unknown): string {
  const { words, code } = networkFaultOf(new Error('', { cause: error }));
  return `${words} (${code})`;
}

/** What LINE's reason means. Undefined when we know nothing more than the reason itself. */
export const meaningOfReason = (reason: string | null | undefined): Sentence | undefined => {
  const advice = reason ? reasonAdvice[reason] : undefined;
  return advice === undefined ? undefined : asSentence(advice);
};

function factOf(error: LineAdsError): Sentence {
  const status = String(error.status ?? '');
  switch (error.code) {
    case 'connection_failed': {
      const { words, code, neverSent } = networkFaultOf(error);
      return neverSent
        ? sentence`LINE could not be reached: ${asSentence(words)} (${code}).`
        : sentence`The connection to LINE was lost: ${asSentence(words)} (${code}).`;
    }
    case 'timeout':
      return sentence`LINE did not answer in time.`;
    case 'invalid_response':
      return sentence`LINE answered ${status}, but Lineup cannot read the answer.`;
    case 'file_unreadable':
      return sentence`The staged chunk can no longer be read, or was changed during the upload.`;
    case 'aborted':
      return sentence`The request to LINE was stopped.`;
    default:
      return error.reasons.length === 0
        ? sentence`LINE answered ${status}.`
        : sentence`LINE answered ${status} ${listReasons(error.reasons)}.`;
  }
}

function meaningOf(error: LineAdsError, code: ErrorCode): (Sentence | undefined)[] {
  const { skewMs } = error;
  if (code === 'line_clock_skewed' && skewMs !== undefined) return [clockSentence(skewMs)];
  if (code === 'line_unauthorized' && skewMs !== undefined) return [meaningOfReason('AUTHORIZATION_FAILED')];
  // This reason is about the keys. With a 403, LINE has accepted them.
  const relevant = error.reasons.filter(
    ({ reason }) => error.code === 'unauthorized' || reason !== 'AUTHORIZATION_FAILED',
  );
  const known = [...new Set(relevant.map(({ reason }) => reason))].map(meaningOfReason);
  const meanings = new Map(known.flatMap((meaning) => (meaning ? [[JSON.stringify(meaning), meaning] as const] : [])));
  return meanings.size > 0 ? [...meanings.values()] : [meaningOfCode[code]];
}

const meaningOfCode: Partial<Record<ErrorCode, Sentence>> = {
  line_unauthorized: sentence`The access key, the secret key or the clock is wrong. Check them.`,
  line_forbidden: sentence`The access key does not allow this operation or this ad account.`,
  line_rate_limited: sentence`Try again in a minute.`,
  line_busy: sentence`LINE is processing this audience. Try again in a few minutes.`,
  line_unavailable: sentence`LINE has an error. Try again in a few minutes.`,
};

function codeOf(error: LineAdsError): ErrorCode {
  switch (error.code) {
    case 'unauthorized':
      return error.skewMs !== undefined && isFarOff(error.skewMs) ? 'line_clock_skewed' : 'line_unauthorized';
    case 'forbidden':
      return 'line_forbidden';
    case 'rate_limited':
      return 'line_rate_limited';
    case 'busy':
      return 'line_busy';
    case 'server_error':
    case 'invalid_response':
      return 'line_unavailable';
    case 'connection_failed':
    case 'timeout':
      return 'line_unreachable';
    case 'file_unreadable':
      return 'staged_file_changed';
    case 'aborted':
      return 'interrupted';
    default:
      return 'line_rejected';
  }
}
