/**
 * Signed GETs: for an object, or for a list. No redirect is followed, because another server must not get a signature.
 */
import type { IncomingMessage } from 'node:http';
import { LineupError } from '../../domain/errors/errors.ts';
import { internalFact, sentence } from '../../domain/text/sentence.ts';
import { fewAttempts } from '../files/http/attempts.ts';
import { explainNetwork } from '../files/http/request.ts';
import { XmlError } from '../files/workbook/xml.ts';
import { get, readText, withDeadline } from '../http.ts';
import { readError } from './answers.ts';
import { refusal } from './failures.ts';
import { type ObjectStore, urlOf } from './store.ts';

export interface StorageRequest {
  readonly purpose: 'read' | 'list' | 'buckets';
  readonly bucket?: string;
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Only one version of the object. @default false */
  readonly pinned?: boolean;
  /** For messages. */
  readonly name: string;
}

/** An error has some hundred bytes. The rest of a longer body is not read. */
const MAX_ERROR_BYTES = 64_000;
/** A list of 1,000 keys of the greatest length, encoded. */
const MAX_LIST_BYTES = 8_000_000;
/** How long one list may take in all, in ms. */
const LIST_MS = 60_000;

/** An answer with the content (200, 206). The caller must destroy it. @throws {LineupError} */
export async function ask(store: ObjectStore, request: StorageRequest, signal: AbortSignal): Promise<IncomingMessage> {
  const url = urlOf(store, request.bucket, request.key, request.query);
  try {
    const answer = await withDeadline(store.silenceMs, signal, async (inner) => {
      const { agent, lookup } = store.admit(url);
      const headers = { ...store.dialect.headers, ...request.headers, ...(await store.authorize(url)) };
      return get(url, { agent, headers, signal: inner, ...(lookup && { lookup }) });
    });
    if (answer.statusCode === 200 || answer.statusCode === 206) return answer;
    throw await refusalOf(store, request, url, answer, signal);
  } catch (error) {
    signal.throwIfAborted();
    throw explainFailure(request.name, url, error);
  }
}

/** The host is one of the authorization. */
export const explainFailure = (name: string, url: URL, error: unknown): LineupError =>
  explainNetwork(name, internalFact(url.host, sentence`the storage`), error);

async function refusalOf(
  store: ObjectStore,
  { purpose, bucket, name, pinned = false }: StorageRequest,
  url: URL,
  answer: IncomingMessage,
  signal: AbortSignal,
): Promise<LineupError> {
  const { dialect, region, silenceMs, clock } = store;
  const { statusCode: status = 0, headers } = answer;
  try {
    const text = await readText(answer, MAX_ERROR_BYTES, silenceMs, signal).catch(() => undefined);
    const error = await readError(text ?? '');
    const asked = { dialect, region, purpose, bucket, name, pinned, host: url.host };
    return refusal(asked, { status, headers, error, now: clock.now().getTime() });
  } finally {
    answer.destroy();
  }
}

/** Asks for a list, and reads it. @throws {LineupError} */
export async function askList<T>(
  store: ObjectStore,
  request: StorageRequest,
  read: (text: string) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const url = urlOf(store, request.bucket, request.key, request.query);
  return fewAttempts(store.clock, signal, () =>
    withDeadline(LIST_MS, signal, (inner) => listOnce(store, request, read, inner)).catch((error: unknown) => {
      signal.throwIfAborted();
      throw explainFailure(request.name, url, error);
    }),
  );
}

async function listOnce<T>(
  store: ObjectStore,
  request: StorageRequest,
  read: (text: string) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const answer = await ask(store, request, signal);
  try {
    const text = await readText(answer, MAX_LIST_BYTES, store.silenceMs, signal);
    if (!answer.complete && text !== undefined) throw notAList(request.name);
    return await read(text ?? '');
  } catch (error) {
    if (error instanceof XmlError) throw notAList(request.name);
    throw error;
  } finally {
    answer.destroy();
  }
}

/** Another kind of server answers, such as the page of a proxy. */
const notAList = (name: string): LineupError =>
  new LineupError(
    'source_unreadable',
    sentence`${name}: the server answered, but not with a list as S3 sends it. Check the endpoint and the bucket in the authorization.`,
    { reason: 'not a list' },
  );
