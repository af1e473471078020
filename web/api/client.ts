/**
 * The one way to our HTTP API: JSON, the session's cookie, and failures as `ApiError`. A call names an endpoint by its key, and
 * its input and answer have the types of that endpoint. Types alone are imported, so that no schema gets into the app.
 */
import { apiRequest } from '../../src/contracts/api-path.ts';
import type { FieldError } from '../../src/contracts/errors.ts';
import type { Problem } from '../../src/contracts/problem.ts';
import type { LocalizedText, Sentence } from '../../src/contracts/sentence.ts';
import type {
  Answer,
  CallArguments,
  CallInput,
  CallKeys,
  EventData,
  KeysOf,
} from '../../src/endpoints/call.ts';
import type { Endpoints } from '../../src/endpoints/index.ts';

/** A refusal or failure. `code` is the API's own; `unreachable` when there was no answer that could be read. */
export class ApiError extends Error implements LocalizedText {
  override readonly name = 'ApiError';
  readonly code: string;
  readonly sentence: Sentence | undefined;
  /** LINE's own word for it. */
  readonly reason: string | null;
  /** Every value that is wrong, by keys joined with dots. */
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

/** What every call may take, without the types of its endpoint. */
export type AnyInput = Parameters<typeof apiRequest>[1] &
  Abortable & { readonly body?: unknown; readonly idempotencyKey?: string };

/** @throws {ApiError}; an `AbortError` when `signal` was aborted */
export async function call<Key extends CallKeys<Endpoints>>(
  key: Key,
  ...[input]: CallArguments<Endpoints[Key], Abortable>
): Promise<AnswerOf<Key>> {
  const { body, signal, idempotencyKey, ...rest } = (input as AnyInput | undefined) ?? {};
  const { method, path } = withoutEmpty(key, rest);
  const response = await fetch(path, {
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
  if (response.status === 204) return undefined as AnswerOf<Key>;
  return answered<Key>(response.status, await response.json().catch(() => undefined));
}

/** Where the browser itself gets an answer: a download, or a stream of events. */
export const addressOf = <Key extends KeysOf<Endpoints, 'json' | 'csv' | 'events'>>(
  key: Key,
  ...[input]: CallArguments<Endpoints[Key]>
): string => withoutEmpty(key, (input as AnyInput | undefined) ?? {}).path;

/** The data of an event of a stream. */
export const eventData = <Key extends KeysOf<Endpoints, 'events'>>(
  _key: Key,
  { data }: MessageEvent<string>,
): EventData<Endpoints[Key]> => JSON.parse(data);

/** The server's address of an endpoint; what is empty in the query was not chosen, and is left out. */
export function withoutEmpty(key: string, { params, query = {} }: AnyInput): ReturnType<typeof apiRequest> {
  const given = Object.entries(query).filter(([, value]) => value !== '');
  return apiRequest(key, { params, query: Object.fromEntries(given) });
}

/** @param answer what the body held as JSON; undefined or null when it was none. @throws {ApiError} */
export function answered<Key extends keyof Endpoints>(status: number, answer: unknown): AnswerOf<Key> {
  if (status < 300 && answer != null) return answer as AnswerOf<Key>;
  throw new ApiError(isProblem(answer) ? answer : undefined);
}

/** What is no problem document comes from some proxy in our server's place. */
const isProblem = (answer: unknown): answer is Problem =>
  typeof answer === 'object' && answer !== null && 'code' in answer;

/** A choice from the page's address, which may hold any text: the server refuses what it does not know. */
export const fromAddress = <Choice extends string>(text: string | undefined): Choice | undefined =>
  text as Choice | undefined;

/** A name for one creation. Not `randomUUID`, which browsers have on https alone. */
export const newIdempotencyKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  );
