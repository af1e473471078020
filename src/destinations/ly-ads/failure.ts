/**
 * Explains LY's failures at the border: what happened, LY's codes, and what to do about them. The codes of the errors
 * are those of all destinations.
 */
import {
  codeAdvice,
  LyAdsError,
  type LyReason,
  listErrors,
  networkFaultOf,
} from '../../../packages/ly-ads/src/index.ts';
import { lyAdsTraits } from '../../domain/destinations/ly-ads.ts';
import { type ErrorCode, LineupError } from '../../domain/errors/errors.ts';
import { asSentence, joinSentences, type Sentence, sentence } from '../../domain/text/sentence.ts';
import type { Written } from '../destination.ts';

/** The result of a call, or its failure explained. @throws {LineupError} and other errors as they are */
export async function explained<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw error instanceof LyAdsError ? explain(error) : error;
  }
}

/** The outcome of a write. */
export async function written<T>(call: () => Promise<T>): Promise<Written<T>> {
  try {
    return { outcome: 'taken', value: await call() };
  } catch (error) {
    // It was not sent.
    if (error instanceof LineupError) return { outcome: 'not_taken', why: error, reason: null };
    if (!(error instanceof LyAdsError)) throw error;
    const reason = error.errors[0]?.code ?? null;
    const means = meansOf(error);
    return { outcome: error.outcome, why: explain(error), reason, ...(means && { means }) };
  }
}

function meansOf({ code, errors }: LyAdsError) {
  if (hasCode({ errors }, lyAdsTraits.reasons.nameTaken)) return 'name_taken';
  return code === 'bad_request' ? 'wrong_value' : undefined;
}

export const hasCode = ({ errors }: { readonly errors: readonly LyReason[] }, code: string): boolean =>
  errors.some((error) => error.code === code);

/** The error to show for a failure of LY. */
export function explain(error: LyAdsError): LineupError {
  // The chunk could not be read, or nobody gave a token. The own error explains it.
  const own = error.code === 'file_unreadable' || error.code === 'no_token';
  if (own && error.cause instanceof LineupError) return error.cause;
  const code = codeOf(error);
  return new LineupError(
    code,
    joinSentences(
      factOf(error),
      error.attempts > 1 ? sentence`It was tried ${error.attempts} times.` : undefined,
      ...meaningsOf(error),
    ),
    // Also an answer that nobody can read, as a maintenance page with 200. The job must be tried again later: members
    // leave the list as long as nothing is sent.
    { reason: error.errors[0]?.code, retryable: error.retryable || code === 'line_unavailable', cause: error },
  );
}

function factOf(error: LyAdsError): Sentence {
  const status = String(error.status ?? '');
  switch (error.code) {
    case 'connection_failed': {
      const { words, code, neverSent } = networkFaultOf(error);
      return neverSent
        ? sentence`LY Ads could not be reached: ${asSentence(words)} (${code}).`
        : sentence`The connection to LY Ads was lost: ${asSentence(words)} (${code}).`;
    }
    case 'timeout':
      return sentence`LY Ads did not answer in time.`;
    case 'invalid_response':
      return sentence`LY Ads answered ${status}, but Lineup cannot read the answer.`;
    case 'file_unreadable':
      return sentence`The staged chunk can no longer be read, or was changed during the upload.`;
    case 'aborted':
      return sentence`The request to LY Ads was stopped.`;
    case 'no_token':
      return sentence`There is no access token for LY Ads.`;
    default:
      return error.errors.length === 0
        ? sentence`LY Ads answered ${status}.`
        : sentence`LY Ads answered ${status} ${listErrors(error.errors)}.`;
  }
}

function meaningsOf({ code, errors }: LyAdsError): Sentence[] {
  if (errors.some(({ details }) => details.some(({ key }) => key.endsWith('dataDuration')))) return [daysRefused];
  const known = [...new Set(errors.map((error) => codeAdvice[error.code]))].filter((text) => text !== undefined);
  if (known.length > 0) return known.map(asSentence);
  const usual = usually[code];
  return usual ? [usual] : [];
}

/** A form of LY has allowed no more than 60, although the API documents 180. */
const daysRefused = sentence`LY Ads does not take this number of days for the members. Try a smaller one, for example 60.`;

/** For answers without a code that we know. */
const usually: Partial<Record<LyAdsError['code'], Sentence>> = {
  unauthorized: sentence`LY Ads does not accept the access token. Connect the authorization again.`,
  forbidden: sentence`The Business ID that has consented may not do this.`,
  rate_limited: sentence`Try again in a minute.`,
  server_error: sentence`LY Ads has an error. Try again in a few minutes.`,
};

const codes = {
  unauthorized: 'line_unauthorized',
  no_token: 'line_unavailable',
  forbidden: 'line_forbidden',
  bad_request: 'line_rejected',
  rate_limited: 'line_rate_limited',
  server_error: 'line_unavailable',
  invalid_response: 'line_unavailable',
  connection_failed: 'line_unreachable',
  timeout: 'line_unreachable',
  file_unreadable: 'staged_file_changed',
  aborted: 'interrupted',
} as const satisfies Record<LyAdsError['code'], ErrorCode>;

const codeOf = ({ code }: LyAdsError): ErrorCode => codes[code];
