/**
 * The only way to our HTTP API: JSON, the session cookie, and failures as `ApiError`. A call names an endpoint by its
 * key; input and answer have the types of that endpoint. Only types are imported, so that no schema gets into the
 * bundle.
 */

import type { Problem } from '../../src/contracts/problem.ts';
import type { FieldError } from '../../src/domain/errors/errors.ts';
import type { LocalizedText, Sentence } from '../../src/domain/text/sentence.ts';
import { apiRequest } from '../../src/domain/values/api-path.ts';
import type { Answer, CallArguments, CallInput, CallKeys, EventData, KeysOf } from '../../src/endpoints/endpoint.ts';
import type { Endpoints } from '../../src/endpoints/index.ts';

/**
 * A request that was refused or failed. `code` is the API's own code, or `unreachable` when there was no readable
 * answer.
 */
export class ApiError extends Error implements LocalizedText {
  override readonly name = 'ApiError';
  readonly code: string;
  readonly sentence: Sentence | undefined;
  /** The reason that LINE gave, unchanged. */
  readonly reason: string | null;
  /** Every invalid value, with its path (keys joined with dots). */
  readonly fields: readonly FieldError[];
  readonly requestId: string | null;

  constructor({ code, detail, sentence, reason, errors, request_id }: Partial<Problem> = {}) {
    super(detail ?? '');
    this.code = code ?? 'unreachable';
    this.sentence = sentence;
    this.reason = reason ?? null;
    this.fields = errors ?? [];
    this.requestId = request_id ?? null;
  }
}

export type AnswerOf<Key extends keyof Endpoints> = Answer<Endpoints[Key]>;
export type BodyOf<Key extends keyof Endpoints> = CallInput<Endpoints[Key]>['body'];
export type QueryOf<Key extends keyof Endpoints> = NonNullable<CallInput<Endpoints[Key]>['query']>;

interface Abortable {
  readonly signal?: AbortSignal;
}

/** The options of every call, without the types of its endpoint. */
export type AnyInput = Parameters<typeof apiRequest>[1] &
  Abortable & { readonly body?: unknown; readonly idempotencyKey?: string };

/** @throws {ApiError}; an `AbortError` when `signal` was aborted */
export async function call<Key extends CallKeys<Endpoints>>(
  key: Key,
  ...[input]: CallArguments<Endpoints[Key], Abortable>
): Promise<AnswerOf<Key>> {
  const response = await requested(key, input as AnyInput | undefined);
  if (response.status === 204) return undefined as AnswerOf<Key>;
  return answered<Key>(response.status, await response.json().catch(() => undefined));
}

/** Sends a request. @throws {ApiError} without an answer; an `AbortError` when `signal` was aborted */
export function requested(key: string, input: AnyInput = {}): Promise<Response> {
  const { body, signal, idempotencyKey, ...rest } = input;
  const { method, path } = withoutEmpty(key, rest);
  return fetch(path, {
    method,
    signal,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(idempotencyKey && { 'idempotency-key': idempotencyKey }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    throw new ApiError();
  });
}

/** Null for what does not exist. */
export const orNull = <Found>(answer: Promise<Found>): Promise<Found | null> =>
  answer.catch((error: unknown) => {
    if (error instanceof ApiError && error.code === 'not_found') return null;
    throw error;
  });

/** The URL for what the browser requests itself: a download, or a stream of events. */
export const addressOf = <Key extends KeysOf<Endpoints, 'json' | 'csv' | 'events'>>(
  key: Key,
  ...[input]: CallArguments<Endpoints[Key]>
): string => withoutEmpty(key, (input as AnyInput | undefined) ?? {}).path;

/** Parses the data of a stream's event. */
export const eventData = <Key extends KeysOf<Endpoints, 'events'>>(
  _key: Key,
  { data }: MessageEvent<string>,
): EventData<Endpoints[Key]> => JSON.parse(data);

/** The URL of an endpoint. An empty value of the query means "not chosen", and is left out. */
export function withoutEmpty(key: string, { params, query = {} }: AnyInput): ReturnType<typeof apiRequest> {
  const given = Object.entries(query).filter(([, value]) => value !== '');
  return apiRequest(key, { params, query: Object.fromEntries(given) });
}

/** @param answer the parsed JSON body; undefined or null when the body was not JSON. @throws {ApiError} */
export function answered<Key extends keyof Endpoints>(status: number, answer: unknown): AnswerOf<Key> {
  if (status < 300 && answer != null) return answer as AnswerOf<Key>;
  throw new ApiError(isProblem(answer) ? answer : undefined);
}

/** An answer that is not a problem document comes from a proxy, not from our server. */
const isProblem = (answer: unknown): answer is Problem =>
  typeof answer === 'object' && answer !== null && 'code' in answer;

/** A choice from the page's address, which can hold any text. The server refuses unknown values. */
export const fromAddress = <Choice extends string>(text: string | undefined): Choice | undefined =>
  text as Choice | undefined;

/** An idempotency key for one creation. Browsers have `randomUUID` only on https. */
export const newIdempotencyKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
