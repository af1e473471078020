/** One attempt: signs a request, sends it, reads its answer, and says what went wrong. */
import type { Failure } from './errors.ts';
import { classifyNetworkFault, failureOfAnswer } from './failure.ts';
import type { Sleep } from './limiter.ts';
import { present, UnreadableAnswer } from './readers.ts';
import { type ApiRequest, type Fetch, type HeadersLike, quotaOf, type RequestLogEntry } from './request.ts';
import { clockSkew, sign } from './sign.ts';
import { FileFault, frameMultipart, UploadBody } from './upload.ts';

/** What all attempts of a client have in common. */
export interface Connection {
  /** Without a slash at the end. */
  baseUrl: string;
  accessKey: string;
  secretKey: string;
  fetch: Fetch;
  /** Ms since the epoch. */
  now: () => number;
  /** Resolves when the time of an attempt is over. */
  deadline: Sleep;
  /** A new boundary for the parts of a form. */
  boundary: () => string;
  /** Of one attempt, in ms. */
  timeout: number;
  uploadTimeout: number;
  headers: HeadersLike;
  userAgent: string;
}

/** What the answer says besides its content, for the log. */
type AnswerFacts = Pick<RequestLogEntry, 'status' | 'skewMs' | 'quota'>;

export type Attempted<T> = AnswerFacts & ({ ok: true; value: T } | { ok: false; failure: Failure });

/** Sends a request once. Every fault except wrong usage comes back as a Failure. */
export async function attempt<T>(connection: Connection, request: ApiRequest<T>): Promise<Attempted<T>> {
  let upload: UploadBody | undefined;
  try {
    if (request.upload !== undefined) upload = await UploadBody.open(request.upload, connection.boundary());
    return await withDeadline(connection, request, (signal) => exchange(connection, request, upload, signal));
  } catch (error) {
    return { ok: false, failure: failureOf(error, connection, request, upload) };
  } finally {
    await upload?.close();
  }
}

async function exchange<T>(
  connection: Connection,
  request: ApiRequest<T>,
  upload: UploadBody | undefined,
  signal: AbortSignal,
): Promise<Attempted<T>> {
  const url = urlOf(connection, request);
  const response = await connection.fetch(url, {
    method: request.method,
    signal,
    redirect: 'manual',
    ...signed(connection, request, url.pathname, upload),
  });
  const { status, headers } = response;
  // The status of a refusal is enough; its body only explains.
  const body = response.ok ? await response.text() : await response.text().catch(() => '');
  const now = connection.now();
  const skewMs = clockSkew(headers.get('date'), now);
  const facts: AnswerFacts = { status, ...present({ skewMs, quota: quotaOf(headers) }) };
  if (!response.ok)
    return { ...facts, ok: false, failure: failureOfAnswer({ ...facts, status, headers, body, now }) };
  try {
    return { ...facts, ok: true, value: request.parse(body) };
  } catch (error) {
    if (!(error instanceof UnreadableAnswer)) throw error;
    return { ...facts, ok: false, failure: unreadableAnswer(status, error) };
  }
}

/** Ms that one attempt may take. */
function limitOf<T>({ timeout, uploadTimeout }: Connection, { options, upload }: ApiRequest<T>): number {
  return options.timeout ?? (upload === undefined ? timeout : uploadTimeout);
}

function urlOf<T>(connection: Connection, request: ApiRequest<T>): URL {
  const url = new URL(connection.baseUrl + request.path);
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) url.searchParams.append(name, String(value));
  }
  return url;
}

/** Body and headers, signed with the date of this attempt. */
function signed<T>(
  connection: Connection,
  request: ApiRequest<T>,
  canonicalUri: string,
  upload: UploadBody | undefined,
): RequestInit {
  const { body, contentType } =
    upload === undefined ? smallBody(connection, request) : { contentType: upload.contentType };
  const date = new Date(connection.now());
  const token = sign({
    canonicalUri,
    contentType,
    body,
    date,
    accessKey: connection.accessKey,
    secretKey: connection.secretKey,
  });
  const headers = new Headers(connection.headers);
  if (request.options.headers !== undefined) {
    new Headers(request.options.headers).forEach((value, name) => {
      headers.set(name, value);
    });
  }
  headers.set('accept', 'application/json');
  headers.set('authorization', `Bearer ${token}`);
  headers.set('user-agent', connection.userAgent);
  // The Fetch standard forbids it to pages in a browser; Node sends it.
  headers.set('date', date.toUTCString());
  if (contentType !== undefined) headers.set('content-type', contentType);
  if (upload === undefined) return { headers, body: body ?? null };
  // Without a length the stream would be sent in chunked encoding, which some gateways refuse.
  headers.set('content-length', String(upload.contentLength));
  return { headers, body: upload.stream(), duplex: 'half' };
}

/** A body in memory, or none. */
function smallBody<T>(
  { boundary }: Connection,
  { body, form }: ApiRequest<T>,
): { body?: string | Uint8Array; contentType?: string } {
  if (body !== undefined) return { body: JSON.stringify(body), contentType: 'application/json' };
  if (form === undefined) return {};
  const { contentType, head, tail } = frameMultipart(form, undefined, boundary());
  return { body: Buffer.concat([head, tail]), contentType };
}

function failureOf<T>(
  error: unknown,
  connection: Connection,
  request: ApiRequest<T>,
  upload: UploadBody | undefined,
): Failure {
  const fileFault = upload?.fault ?? (error instanceof FileFault ? error : undefined);
  if (fileFault !== undefined) {
    const message = `The upload's file ${fileFault.message}.`;
    return { code: 'file_unreadable', message, retryable: false, mayBeTaken: false, cause: fileFault.cause };
  }
  // LINE cannot have taken a body that was not sent to its end. About other requests nobody knows.
  const mayBeTaken = upload?.complete ?? true;
  if (error instanceof DeadlineExceeded) {
    const message = `LINE did not answer within ${limitOf(connection, request) / 1000} seconds.`;
    return { code: 'timeout', message, retryable: true, mayBeTaken };
  }
  const { signal } = request.options;
  if (signal?.aborted) return aborted(signal, mayBeTaken);
  const fault = classifyNetworkFault(error);
  const verb = fault.neverSent ? 'LINE could not be reached' : 'The connection to LINE broke';
  return {
    code: 'connection_failed',
    message: `${verb} at ${new URL(connection.baseUrl).origin}: ${fault.words} (${fault.code}).`,
    retryable: !fault.permanent,
    mayBeTaken: mayBeTaken && !fault.neverSent,
    cause: fault.cause,
  };
}

/** The caller's signal ended the call. */
export function aborted(signal: AbortSignal, mayBeTaken: boolean): Failure {
  const message = 'The call was aborted.';
  return { code: 'aborted', message, retryable: false, mayBeTaken, cause: signal.reason };
}

function unreadableAnswer(status: number, error: UnreadableAnswer): Failure {
  const message = `LINE answered ${status}, but its answer cannot be read: ${error.message}.`;
  return { code: 'invalid_response', message, status, retryable: false, mayBeTaken: true };
}

/** The work was stopped because its time was over. */
class DeadlineExceeded extends Error {
  override readonly name = 'DeadlineExceeded';
}

/**
 * Runs the work of a request under a signal that aborts with the caller's signal, or at the deadline. Then the promise
 * rejects with the signal's reason (DeadlineExceeded at the deadline), even if the work ignores the signal. No timer or
 * listener remains.
 */
async function withDeadline<T, Result>(
  connection: Connection,
  request: ApiRequest<T>,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const ms = limitOf(connection, request);
  const outer = request.options.signal;
  outer?.throwIfAborted();
  const controller = new AbortController();
  const done = new AbortController();
  const stopped = new Promise<never>((_, reject) => {
    controller.signal.addEventListener('abort', () => reject(controller.signal.reason), { once: true });
  });
  const passOn = () => controller.abort(outer?.reason);
  outer?.addEventListener('abort', passOn, { once: true });
  const expire = () => controller.abort(new DeadlineExceeded(`${ms} ms have passed`));
  // The wait rejects when it is not needed any more.
  connection.deadline(ms, done.signal).then(expire, () => {});
  try {
    return await Promise.race([work(controller.signal), stopped]);
  } finally {
    done.abort('The attempt has ended.');
    outer?.removeEventListener('abort', passOn);
  }
}
