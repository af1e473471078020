import { failureOfAnswer } from './answer.ts';
import { clockSkew } from './clock-skew.ts';
import { DeadlineExceeded, withDeadline } from './deadline.ts';
import type { Failure } from './errors.ts';
import { quotaOf, type RequestLogEntry } from './log.ts';
import { frameMultipart } from './multipart.ts';
import { classifyNetworkFault } from './network-fault.ts';
import { present, UnreadableAnswer } from './parse.ts';
import type { ApiRequest, Fetch } from './request.ts';
import type { HeadersLike } from './request-options.ts';
import { sign } from './sign.ts';
import { UploadBody } from './upload-body.ts';
import { FileFault } from './upload-file.ts';

/** Where and as whom; made once a client. */
export interface Connection {
  /** Without a slash at the end. */
  baseUrl: string;
  accessKey: string;
  secretKey: string;
  fetch: Fetch;
  /** Ms since the epoch. */
  now: () => number;
  /** Of one attempt, in ms. */
  timeout: number;
  uploadTimeout: number;
  headers: HeadersLike;
  userAgent: string;
}

/** What the answer told beside its content, for the log. */
type Told = Pick<RequestLogEntry, 'status' | 'skewMs' | 'quota'>;

export type Attempted<T> = Told & ({ ok: true; value: T } | { ok: false; failure: Failure });

/** Sends a request once. Every fault but the caller's own mistakes comes back as a Failure. */
export async function attempt<T>(connection: Connection, request: ApiRequest<T>): Promise<Attempted<T>> {
  let upload: UploadBody | undefined;
  try {
    if (request.upload !== undefined) upload = await UploadBody.open(request.upload);
    return await withDeadline(limitOf(connection, request), request.options.signal, (signal) =>
      exchange(connection, request, upload, signal),
    );
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
  // Of a refusal the status is enough; its body only explains.
  const body = response.ok ? await response.text() : await response.text().catch(() => '');
  const now = connection.now();
  const skewMs = clockSkew(headers.get('date'), now);
  const told: Told = { status, ...present({ skewMs, quota: quotaOf(headers) }) };
  if (!response.ok)
    return { ...told, ok: false, failure: failureOfAnswer({ ...told, status, headers, body, now }) };
  try {
    return { ...told, ok: true, value: request.parse(body) };
  } catch (error) {
    if (!(error instanceof UnreadableAnswer)) throw error;
    return { ...told, ok: false, failure: unreadableAnswer(status, error) };
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

/** Body and headers, signed last, for the date must be that of this very attempt. */
function signed<T>(
  connection: Connection,
  request: ApiRequest<T>,
  canonicalUri: string,
  upload: UploadBody | undefined,
): RequestInit {
  const { body, contentType } =
    upload === undefined ? smallBody(request) : { contentType: upload.contentType };
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
  new Headers(request.options.headers).forEach((value, name) => {
    headers.set(name, value);
  });
  headers.set('accept', 'application/json');
  headers.set('authorization', `Bearer ${token}`);
  headers.set('user-agent', connection.userAgent);
  // The Fetch standard keeps pages in a browser from setting it; Node sends it.
  headers.set('date', date.toUTCString());
  if (contentType !== undefined) headers.set('content-type', contentType);
  if (upload === undefined) return { headers, body: body ?? null };
  // With a length of its own the stream is sent as it is, else in chunked encoding, which gateways like less.
  headers.set('content-length', String(upload.contentLength));
  return { headers, body: upload.stream(), duplex: 'half' };
}

/** A body that is held in memory, or none. */
function smallBody<T>({ body, form }: ApiRequest<T>): { body?: string | Uint8Array; contentType?: string } {
  if (body !== undefined) return { body: JSON.stringify(body), contentType: 'application/json' };
  if (form === undefined) return {};
  const { contentType, head, tail } = frameMultipart(form);
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
  // A body that was not sent to its end cannot have been taken; of other requests nobody knows.
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

/** The caller's signal ended it. */
export function aborted(signal: AbortSignal, mayBeTaken: boolean): Failure {
  const message = 'The call was aborted.';
  return { code: 'aborted', message, retryable: false, mayBeTaken, cause: signal.reason };
}

function unreadableAnswer(status: number, error: UnreadableAnswer): Failure {
  const message = `LINE answered ${status}, but its answer cannot be read: ${error.message}.`;
  return { code: 'invalid_response', message, status, retryable: false, mayBeTaken: true };
}
