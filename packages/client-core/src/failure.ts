/** Why a call failed, for the retry policy and for the error of a client. */

/**
 * What every client can meet:
 * - `unauthorized`, `forbidden`, `bad_request`: refusals that last
 * - `rate_limited`: one request too many
 * - `server_error`: a fault of the other side
 * - `connection_failed`: it could not be reached, or the connection broke
 * - `timeout`: no answer in time
 * - `aborted`: the caller's signal
 * - `invalid_response`: an answer that cannot be read
 * - `file_unreadable`: the file to upload is missing, unreadable, or changed while it was sent
 */
export type CommonCode =
  | 'unauthorized'
  | 'forbidden'
  | 'bad_request'
  | 'rate_limited'
  | 'server_error'
  | 'connection_failed'
  | 'timeout'
  | 'aborted'
  | 'invalid_response'
  | 'file_unreadable';

/** Why one attempt failed: plain data. */
export interface Failure<Code extends string = string> {
  code: Code | CommonCode;
  /** Sentences for the operator, without any secret, token or body. */
  message: string;
  /** Whether the same call may succeed later although nobody changes anything. */
  retryable: boolean;
  /** False only when the other side certainly did not act on the request. */
  mayBeTaken: boolean;
  status?: number | undefined;
  retryAfterMs?: number | undefined;
  cause?: unknown;
}

/** What is known about a write that failed. A read changes nothing, so its outcome is always `not_taken`. */
export type Outcome = 'not_taken' | 'unknown';

/** What a gateway answers when a request was too slow, or came too early. The next attempt may succeed. */
export const isPassing = (status: number): boolean => status === 408 || status === 425;

/** Who refuses these in HTML refuses them for good. */
const LASTING: readonly number[] = [400, 401, 413, 429];

/** Whether a refusal is that of a proxy or a maintenance page: the other side answers in JSON, or without a body. */
export function isOfProxy(status: number, body: string): boolean {
  if (status < 400 || status >= 500 || body === '' || LASTING.includes(status)) return false;
  try {
    JSON.parse(body);
    return false;
  } catch {
    return true;
  }
}

/** Why an attempt with a token failed. */
export interface TokenFailure extends Failure<'no_token'> {
  /** The other side does not accept the token. Another one may help. */
  refusesToken?: boolean | undefined;
}

export type Verdict = Pick<Failure<CommonCode>, 'code' | 'retryable' | 'mayBeTaken'>;

/** What a refusal means, when no reason of the other side tells it. @param body '' when there is none */
export function verdictOf(status: number, body = ''): Verdict {
  if (status >= 500 || isPassing(status)) return { code: 'server_error', retryable: true, mayBeTaken: true };
  // We follow no redirect: it would take the token and the members elsewhere, and a POST would become a GET.
  const isRedirect = status >= 300 && status < 400;
  if (isRedirect || isOfProxy(status, body)) return { code: 'invalid_response', retryable: false, mayBeTaken: true };
  if (status === 401) return { code: 'unauthorized', retryable: false, mayBeTaken: false };
  if (status === 403) return { code: 'forbidden', retryable: false, mayBeTaken: false };
  if (status === 429) return { code: 'rate_limited', retryable: true, mayBeTaken: false };
  return { code: 'bad_request', retryable: false, mayBeTaken: false };
}
