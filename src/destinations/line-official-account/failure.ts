/** Explains LINE's failures at the border: what happened, LINE's codes, and what to do about them. */
import { networkFaultOf } from '../../../packages/client-core/src/network-fault.ts';
import { lineOfficialAccountTraits } from '../../domain/destinations/line-official-account.ts';
import { type ErrorCode, LineupError } from '../../domain/errors/errors.ts';
import { asSentence, joinSentences, type Sentence, sentence } from '../../domain/text/sentence.ts';
import type { Written } from '../destination.ts';
import { hasReason, OfficialAccountError } from './error.ts';

/** The result of a call, or its failure explained. @throws {LineupError} and other errors as they are */
export async function explained<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw error instanceof OfficialAccountError ? explain(error) : error;
  }
}

/** The outcome of a write. */
export async function written<T>(call: () => Promise<T>): Promise<Written<T>> {
  try {
    return { outcome: 'taken', value: await call() };
  } catch (error) {
    // It was not sent.
    if (error instanceof LineupError) return { outcome: 'not_taken', why: error, reason: null };
    if (!(error instanceof OfficialAccountError)) throw error;
    const means = meansOf(error);
    const reason = error.reasons[0]?.code ?? null;
    return { outcome: error.outcome, why: explain(error), reason, ...(means && { means }) };
  }
}

function meansOf(error: OfficialAccountError) {
  if (hasReason(error, lineOfficialAccountTraits.reasons.nameTaken)) return 'name_taken';
  return error.code === 'bad_request' ? 'wrong_value' : undefined;
}

/** The error to show for a failure of LINE. */
export function explain(error: OfficialAccountError): LineupError {
  // The chunk could not be read, or nobody gave a token. The own error explains it.
  const own = error.code === 'file_unreadable' || error.code === 'no_token';
  if (own && error.cause instanceof LineupError) return error.cause;
  const code = codes[error.code];
  return new LineupError(
    code,
    joinSentences(
      factOf(error),
      error.attempts > 1 ? sentence`It was tried ${error.attempts} times.` : undefined,
      meaningOf(error),
    ),
    // Also an answer that nobody can read, as a maintenance page with 200: the job is tried again later.
    { reason: error.reasons[0]?.code, retryable: error.retryable || code === 'line_unavailable', cause: error },
  );
}

function factOf(error: OfficialAccountError): Sentence {
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
    case 'no_token':
      return sentence`There is no access token for LINE.`;
    default: {
      const reasons = error.reasons.map(({ code }) => code).join(', ');
      return reasons === '' ? sentence`LINE answered ${status}.` : sentence`LINE answered ${status} ${reasons}.`;
    }
  }
}

function meaningOf({ code, reasons }: OfficialAccountError): Sentence | undefined {
  const known = reasons.map((reason) => advice[reason.code]).find((text) => text !== undefined);
  return known ?? usually[code];
}

/** What to do about LINE's codes. */
const advice: Readonly<Record<string, Sentence>> = {
  AUDIENCE_GROUP_NOT_FOUND: sentence`The LINE channel has no such audience, or may not change it.`,
  AUDIENCE_GROUP_COUNT_MAX_OVER: sentence`The LINE channel has 1,000 audiences, as many as LINE allows. Delete one that no campaign uses.`,
  AUDIENCE_GROUP_CAN_NOT_UPLOAD_STATUS_EXPIRED: sentence`The audience is older than 180 days, and LINE takes no more uploads for it. Create another one.`,
  AUDIENCE_GROUP_NAME_SIZE_OVER: sentence`The name is longer than 120 characters.`,
  AUDIENCE_GROUP_NAME_WRONG: sentence`The name has a character that LINE does not allow.`,
  UPLOAD_AUDIENCE_GROUP_INVALID_AUDIENCE_ID_FORMAT: sentence`LINE refuses the whole file, because one of its lines is not an ID of the right kind.`,
};

/** For answers without a code that we know. */
const usually: Partial<Record<OfficialAccountError['code'], Sentence>> = {
  unauthorized: sentence`LINE does not accept the access token. Check the LINE channel of the authorization.`,
  forbidden: sentence`The LINE channel may not do this. Only official accounts in Japan, Thailand and Taiwan have audiences.`,
  rate_limited: sentence`Try again in a minute.`,
  server_error: sentence`LINE has an error. Try again in a few minutes.`,
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
} as const satisfies Record<OfficialAccountError['code'], ErrorCode>;
