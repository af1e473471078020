/** The one way to our HTTP API: JSON, the session's cookie, and failures as `ApiError`. */
import type { FieldError } from '../../src/contracts/errors.ts';
import type { Sentence, Told } from '../../src/contracts/sentence.ts';

/** A refusal or failure. `code` is the API's own; `unreachable` when there was no answer that could be read. */
export class ApiError extends Error implements Told {
  override readonly name = 'ApiError';
  readonly code: string;
  readonly sentence: Sentence | undefined;
  /** LINE's own word for it. */
  readonly reason: string | null;
  /** Every value that is wrong, by keys joined with dots. */
  readonly fields: readonly FieldError[];
  readonly requestId: string | null;

  constructor(
    code: string,
    message: string,
    more: Partial<Pick<ApiError, 'sentence' | 'reason' | 'fields' | 'requestId'>> = {},
  ) {
    super(message);
    this.code = code;
    this.sentence = more.sentence;
    this.reason = more.reason ?? null;
    this.fields = more.fields ?? [];
    this.requestId = more.requestId ?? null;
  }
}

/** A list is sent as its key once for each of it. */
type Query = Readonly<Record<string, string | number | readonly string[] | undefined>>;

interface Options {
  readonly query?: Query;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  /** For a creation: sent again with the same key, it creates once. */
  readonly idempotencyKey?: string;
}

/** @throws {ApiError}; an `AbortError` when `signal` was aborted */
async function request<T>(method: string, path: string, options: Options = {}): Promise<T> {
  const { body, signal, idempotencyKey } = options;
  const response = await fetch(addressOf(path, options.query), {
    method,
    signal,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(idempotencyKey && { 'idempotency-key': idempotencyKey }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    throw new ApiError('unreachable', '');
  });
  if (response.status === 204) return undefined as T;
  return answered<T>(response.status, await response.json().catch(() => undefined));
}

/** @param answer what the body held as JSON; undefined or null when it was none. @throws {ApiError} */
export function answered<T>(status: number, answer: unknown): T {
  if (status < 300 && answer != null) return answer as T;
  throw failureOf(answer);
}

export function addressOf(path: string, query: Query = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  const search = new URLSearchParams(
    given.flatMap(([key, value]) => [value].flat().map((one) => [key, String(one)])),
  ).toString();
  return `/api/v1${path}${search && `?${search}`}`;
}

function failureOf(answer: unknown): ApiError {
  // Not a problem document: some proxy answered in our server's place.
  if (typeof answer !== 'object' || answer === null || !('code' in answer)) {
    return new ApiError('unreachable', '');
  }
  const { code, detail, sentence, reason, errors, request_id } = answer as Record<string, unknown>;
  return new ApiError(String(code), String(detail ?? ''), {
    sentence: sentence as Sentence | undefined,
    reason: reason as string | null,
    fields: (errors ?? []) as FieldError[],
    requestId: request_id as string | null,
  });
}

export const get = <T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> =>
  request('GET', path, { query, signal });
export const post = <T>(path: string, body: unknown = {}, options: Options = {}): Promise<T> =>
  request('POST', path, { ...options, body });
export const patch = <T>(path: string, body: unknown): Promise<T> => request('PATCH', path, { body });
export const put = <T>(path: string, body: unknown): Promise<T> => request('PUT', path, { body });
export const remove = (path: string, query?: Query): Promise<void> => request('DELETE', path, { query });

/** A name for one creation. Not `randomUUID`, which browsers have on https alone. */
export const newIdempotencyKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  );
