/** How a call is sent: its token, one exchange, and what its answer means at each of the three levels. */
import {
  type Attempted,
  attemptOnce,
  type CallerOptions,
  headersOf,
  readAnswer,
  streamed,
  textOf,
  uploadMs,
} from '../../client-core/src/call.ts';
import { urlOf } from '../../client-core/src/request.ts';
import { callWithToken } from '../../client-core/src/token-call.ts';
import type { UploadBody } from '../../client-core/src/upload.ts';
import { AnswerError, asObject, type JsonObject, present } from '../../client-core/src/validation.ts';
import { type Failure, LyAdsError, type LyReason } from './errors.ts';
import { failureOfAnswer, PAUSE_MS, readErrors } from './failure.ts';
import type { Limiter } from './limiter.ts';
import type { ApiRequest, RequestLogEntry, Send } from './request.ts';

/** The version of the API. */
const VERSION = 'v20';

/** Gives the access token. @param refused one that LY does not accept */
export type TokenSource = (refused: string | undefined, signal: AbortSignal | undefined) => Promise<string>;

export interface SenderOptions extends CallerOptions<RequestLogEntry> {
  token: TokenSource;
  baseAccountId: string | undefined;
  limiter: Limiter;
  /** Of one attempt, in ms. An upload has as much more as its bytes need. */
  timeout: number;
}

/** What the answer says besides its content, for the log. */
type AnswerFacts = Pick<RequestLogEntry, 'status' | 'rid'>;

type Answered<T> = Attempted<T, Failure, AnswerFacts>;

const name = 'LY';

/** Sends a client's requests: waits for a turn, makes an attempt, logs it, and repeats as the retry policy says. */
export function createSender(options: SenderOptions): Send {
  return <T>(request: ApiRequest<T>): Promise<T> => {
    const path = `/api/${VERSION}/${request.service}/${request.action}`;
    const call = { ...request, method: 'POST', path };
    const limitMs = limitOf(options, request);
    const { limiter, token } = options;
    return callWithToken<T, Failure, AnswerFacts, RequestLogEntry>(options, call, {
      name,
      token,
      attempt: (token) =>
        attemptOnce({ name, limitMs, connection: options }, request, (upload, signal) =>
          exchange(options, { request, path, token, upload, signal }),
        ),
      entry: (usual, result) => ({
        ...usual,
        ...present({
          status: result.status,
          error: result.ok ? undefined : result.failure.code,
          reason: result.ok ? undefined : (result.failure as Failure).errors?.[0]?.code,
          rid: result.rid,
        }),
      }),
      // The next turn comes after the pause.
      wait: async (ms, { code }, signal) => {
        if (code !== 'rate_limited' || !limiter.pause) await options.sleep(ms, signal);
      },
      failed: async ({ code, retryAfterMs = PAUSE_MS }, signal) => {
        if (code === 'rate_limited') await limiter.pause?.(retryAfterMs, signal);
      },
      error: (failure, about) => new LyAdsError(failure, about),
    });
  };
}

interface Exchange<T> {
  readonly request: ApiRequest<T>;
  readonly path: string;
  readonly token: string;
  readonly upload: UploadBody | undefined;
  readonly signal: AbortSignal;
}

async function exchange<T>(
  options: SenderOptions,
  { request, path, token, upload, signal }: Exchange<T>,
): Promise<Answered<T>> {
  const headers = headersOf(options, request.options, {
    authorization: `Bearer ${token}`,
    'x-z-base-account-id': request.service === 'BaseAccountService' ? undefined : options.baseAccountId,
    'content-type': upload === undefined ? 'application/json' : undefined,
  });
  const sent = upload === undefined ? { headers, body: JSON.stringify(request.body) } : streamed(upload, headers);
  const url = urlOf(options.baseUrl, { path, query: request.query });
  const response = await options.fetch(url, { method: 'POST', signal, redirect: 'manual', ...sent });
  const { status, ok } = response;
  const body = await textOf(response);
  const answer = parsed(body);
  const rid = typeof answer?.rid === 'string' ? answer.rid.slice(0, 100) : undefined;
  const facts: AnswerFacts = { status, ...present({ rid }) };
  // A value refused by an upload might be a line of the file.
  const errors = refusalOf(answer, request.upload === undefined);
  if (!ok || errors !== undefined) {
    const refused = { status, headers: response.headers, errors: errors ?? [], body, rid, now: options.now() };
    return { ...facts, ok: false, failure: failureOfAnswer(refused) };
  }
  const read = (): T => {
    if (answer === undefined) throw new AnswerError('it is not JSON');
    return request.parse(asObject(answer.rval, 'rval'));
  };
  return { ...facts, ...readAnswer(name, status, read) };
}

/** The object of an answer. The engine's own error would quote the text, which may contain anything. */
function parsed(body: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The errors of the second level (for the whole request), or of the third one (for one of its values). Undefined: the
 * content tells of none.
 */
function refusalOf(answer: JsonObject | undefined, withValues: boolean): LyReason[] | undefined {
  if (answer === undefined) return undefined;
  const whole = readErrors(answer.errors, withValues);
  if (whole.length > 0) return whole;
  const values = (answer.rval as JsonObject | null | undefined)?.values;
  if (!Array.isArray(values)) return undefined;
  // The flag may be null, too. Then the errors tell it.
  const isFailed = (value: JsonObject | null) =>
    value?.operationSucceeded === false ||
    (value?.operationSucceeded !== true && readErrors(value?.errors, false).length > 0);
  const failed = (values as (JsonObject | null)[]).filter(isFailed);
  const errors = failed.flatMap((value) => readErrors(value?.errors, withValues));
  return failed.length > 0 ? errors : undefined;
}

/** Ms that one attempt may take. */
function limitOf<T>({ timeout }: SenderOptions, { options, upload }: ApiRequest<T>): number {
  if (options.timeout !== undefined || upload === undefined) return options.timeout ?? timeout;
  return upload.file.bytes === undefined ? LONGEST_UPLOAD_MS : timeout + uploadMs(upload.file.bytes);
}

/** For a file on the disk, whose size is read only with its content. */
const LONGEST_UPLOAD_MS = uploadMs(1_073_741_824);
