/** Why one attempt failed, and the sentence for it. */
import { LineupError, type LineupErrorOptions } from '../../contracts/errors.ts';
import { type Sentence, sentence, together } from '../../contracts/sentence.ts';

export interface Failure {
  /** HTTP status, when Lytics answered; of an answer that cannot be read there is one, too. */
  readonly status?: number;
  /** What happened: without the token, without an identifier. */
  readonly what: Sentence;
  /** Lytics's own word for it, or the system's. */
  readonly reason: string;
  /** Whether the next attempt may end otherwise. */
  readonly retryable: boolean;
  /** Whether Lytics may have carried out the request although its answer did not arrive. */
  readonly lost?: boolean;
  /** The answer was longer than is read. */
  readonly tooLarge?: boolean;
  /** How long Lytics asks to wait, in ms. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** Statuses after which the same request may succeed: the rest would be refused again (lytics-api.md section 3). */
export const isRetryableStatus = (status: number): boolean => status === 429 || status >= 500;

/** @param call the request, e.g. `GET /v2/segment` */
export function explainFailure(failure: Failure, call: string, attempts: number): LineupError {
  const { status, what, reason, retryable, cause } = failure;
  const options: LineupErrorOptions = { reason, retryable, cause };
  if (status === 401) {
    return new LineupError(
      'source_unauthorized',
      sentence`Lytics does not accept the API token: it is wrong, expired or was revoked. Enter a new one in the authorization.`,
      options,
    );
  }
  if (status === 403) {
    return new LineupError(
      'source_unauthorized',
      sentence`The role of the Lytics API token does not allow to read this (${call}). Give the token a role that may read audiences, fields and profiles.`,
      options,
    );
  }
  return new LineupError(
    'source_failed',
    together(
      what,
      attempts > 1 ? sentence`${call} was tried ${attempts} times.` : sentence`The request was ${call}.`,
      retryable ? sentence`Try again later.` : undefined,
    ),
    options,
  );
}
