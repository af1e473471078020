/**
 * Explains the failures of the clients at the border: what happened, the reasons of the other side, and what they mean.
 * A destination says how it reads its own errors. Advice for the command line is in src/cli/advice.ts, advice for the
 * web app in its messages.
 */
import type { CommonCode, Outcome } from '../../packages/client-core/src/failure.ts';
import { networkFaultOf } from '../../packages/client-core/src/network-fault.ts';
import { type ErrorCode, LineupError } from '../domain/errors/errors.ts';
import { asSentence, joinSentences, type Sentence, sentence } from '../domain/text/sentence.ts';
import type { Written } from './destination.ts';

/** What the errors of all clients have in common. */
interface ClientError extends Error {
  readonly code: CommonCode | 'no_token' | 'busy';
  readonly status: number | undefined;
  readonly retryable: boolean;
  readonly attempts: number;
  readonly outcome: Outcome;
}

/** What happened, with the name of the other side. These are whole sentences, because names bend in some languages. */
export interface FailureSentences {
  readonly notReached: (words: Sentence, code: string) => Sentence;
  readonly lost: (words: Sentence, code: string) => Sentence;
  readonly late: Sentence;
  readonly unreadable: (status: string) => Sentence;
  readonly stopped: Sentence;
  readonly noToken: Sentence;
  readonly answered: (status: string) => Sentence;
  readonly answeredWith: (status: string, reasons: string) => Sentence;
  readonly hasError: Sentence;
}

interface Side<E extends ClientError> {
  readonly says: FailureSentences;
  readonly isError: (error: unknown) => error is E;
  /** Its own codes in an answer. */
  readonly reasonsOf: (error: E) => readonly string[];
  /** The reasons as a person reads them. @default the codes */
  readonly told?: (error: E) => string;
  /** The reason of a name that another audience has. */
  readonly nameTaken: string;
  /** Where the code of an error decides too little. */
  readonly codeOf?: (error: E) => ErrorCode | undefined;
  /** What the reasons mean, or what to do about them. */
  readonly meaningsOf: (error: E) => readonly Sentence[];
  /** For answers without a reason that we know. */
  readonly usually: Partial<Record<E['code'], Sentence>>;
}

export interface Failures<E extends ClientError> {
  /** The error to show for a failure of a call. */
  explain(error: E): LineupError;
  /** The result of a call, or its failure explained. @throws {LineupError} and other errors as they are */
  explained<T>(call: Promise<T>): Promise<T>;
  /** The outcome of a write. */
  written<T>(call: () => Promise<T>): Promise<Written<T>>;
}

export function failuresOf<E extends ClientError>(side: Side<E>): Failures<E> {
  const { isError, reasonsOf } = side;

  function explain(error: E): LineupError {
    // The chunk could not be read, or nobody gave a token. The own error explains it.
    const own = error.code === 'file_unreadable' || error.code === 'no_token';
    if (own && error.cause instanceof LineupError) return error.cause;
    const code = side.codeOf?.(error) ?? codes[error.code];
    const tried = error.attempts > 1 ? sentence`It was tried ${error.attempts} times.` : undefined;
    return new LineupError(code, joinSentences(factOf(error, side), tried, ...meaningsOf(error, side)), {
      reason: reasonsOf(error)[0],
      // Also an answer that nobody can read, as a maintenance page with 200. The job must be tried again later: where
      // members age, they leave as long as nothing is sent.
      retryable: error.retryable || code === 'line_unavailable',
      cause: error,
    });
  }

  return {
    explain,

    async explained(call) {
      try {
        return await call;
      } catch (error) {
        throw isError(error) ? explain(error) : error;
      }
    },

    async written(call) {
      try {
        return { outcome: 'taken', value: await call() };
      } catch (error) {
        // It was not sent.
        if (error instanceof LineupError) return { outcome: 'not_taken', why: error, reason: null };
        if (!isError(error)) throw error;
        const reasons = reasonsOf(error);
        const isTaken = reasons.includes(side.nameTaken);
        const means = isTaken ? 'name_taken' : error.code === 'bad_request' ? 'wrong_value' : undefined;
        return { outcome: error.outcome, why: explain(error), reason: reasons[0] ?? null, ...(means && { means }) };
      }
    },
  };
}

function factOf<E extends ClientError>(error: E, { says, reasonsOf, told }: Side<E>): Sentence {
  const status = String(error.status ?? '');
  switch (error.code) {
    case 'connection_failed': {
      const { words, code, neverSent } = networkFaultOf(error);
      return (neverSent ? says.notReached : says.lost)(asSentence(words), code);
    }
    case 'timeout':
      return says.late;
    case 'invalid_response':
      return says.unreadable(status);
    case 'file_unreadable':
      return sentence`The staged chunk can no longer be read, or was changed during the upload.`;
    case 'aborted':
      return says.stopped;
    case 'no_token':
      return says.noToken;
    default: {
      const reasons = told?.(error) ?? reasonsOf(error).join(', ');
      return reasons === '' ? says.answered(status) : says.answeredWith(status, reasons);
    }
  }
}

function meaningsOf<E extends ClientError>(error: E, { says, meaningsOf, usually }: Side<E>): readonly Sentence[] {
  const known = new Map(meaningsOf(error).map((meaning) => [JSON.stringify(meaning), meaning]));
  if (known.size > 0) return [...known.values()];
  const own = usually[error.code as E['code']];
  if (own) return [own];
  if (error.code === 'rate_limited') return [sentence`Try again in a minute.`];
  return error.code === 'server_error' ? [says.hasError] : [];
}

/** One vocabulary for all destinations. */
const codes = {
  unauthorized: 'line_unauthorized',
  no_token: 'line_unavailable',
  forbidden: 'line_forbidden',
  bad_request: 'line_rejected',
  rate_limited: 'line_rate_limited',
  busy: 'line_busy',
  server_error: 'line_unavailable',
  invalid_response: 'line_unavailable',
  connection_failed: 'line_unreachable',
  timeout: 'line_unreachable',
  file_unreadable: 'staged_file_changed',
  aborted: 'interrupted',
} as const satisfies Record<ClientError['code'], ErrorCode>;
