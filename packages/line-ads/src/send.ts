/** How a call is sent: its turn, one attempt (sign, send, read the answer), the log, and the next attempt. */
import { type Failure, LineAdsError, type Outcome } from './errors.ts';
import { classifyNetworkFault, failureOfAnswer } from './failure.ts';
import type { Lane, Limiter, Release, Sleep } from './limiter.ts';
import {
  type ApiRequest,
  type Fetch,
  type HeadersLike,
  notify,
  quotaOf,
  type RequestLog,
  type RequestLogEntry,
  type Send,
  urlOf,
} from './request.ts';
import { DeadlineError, isNetworkFault, retryDelay, withDeadline } from './retry.ts';
import { clockSkew, sign } from './sign.ts';
import { FileError, frameMultipart, UploadBody } from './upload.ts';
import { AnswerError, present } from './validation.ts';

/** What all attempts of a client have in common. */
interface Connection {
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

interface SenderOptions extends Connection {
  limiter: Limiter;
  sleep: Sleep;
  /** From 0 up to 1. */
  random: () => number;
  maxRetries: number;
  log: RequestLog | undefined;
}

/** Sends a client's requests: waits for a turn, makes an attempt, logs it, and repeats as the retry policy says. */
export function createSender(options: SenderOptions): Send {
  return (request) => new Sending(options, request).run();
}

/** One call with all of its attempts. */
class Sending<T> {
  readonly #options: SenderOptions;
  readonly #request: ApiRequest<T>;
  readonly #startedAt: number;
  #attempts = 0;
  /** Whether LINE may have taken any of the attempts. */
  #mayBeTaken = false;
  /** When the first of the latest network faults in a row began. */
  #unreachableSince: number | undefined;

  constructor(options: SenderOptions, request: ApiRequest<T>) {
    this.#options = options;
    this.#request = request;
    this.#startedAt = options.now();
  }

  async run(): Promise<T> {
    const { sleep, now } = this.#options;
    for (;;) {
      const release = await this.#turn();
      const startedAt = now();
      const result = await this.#attempt(startedAt).finally(() => notify(release, undefined));
      if (result.ok) return result.value;
      const delay = this.#delayAfter(result.failure, startedAt);
      if (delay === undefined) throw this.#error(result.failure);
      await this.#interruptible((signal) => sleep(delay, signal));
    }
  }

  async #attempt(startedAt: number): Promise<Attempted<T>> {
    const { log, now } = this.#options;
    this.#attempts += 1;
    const result = await attempt(this.#options, this.#request);
    notify(log, {
      time: new Date(startedAt).toISOString(),
      method: this.#request.method,
      endpoint: this.#request.path,
      durationMs: now() - startedAt,
      attempt: this.#attempts,
      ...present({
        status: result.status,
        error: result.ok ? undefined : result.failure.code,
        skewMs: result.skewMs,
        quota: result.quota,
      }),
    });
    return result;
  }

  #delayAfter(failure: Failure, startedAt: number): number | undefined {
    const { now, random } = this.#options;
    this.#mayBeTaken ||= failure.mayBeTaken;
    if (isNetworkFault(failure)) this.#unreachableSince ??= startedAt;
    else this.#unreachableSince = undefined;
    return retryDelay({
      kind: this.#request.kind,
      failure,
      attempts: this.#attempts,
      maxRetries: this.#request.options.maxRetries ?? this.#options.maxRetries,
      tookMs: now() - startedAt,
      unreachableMs: now() - (this.#unreachableSince ?? now()),
      random: random(),
    });
  }

  /** Waits until the limiter lets the request go. Also heeds the signal when the limiter itself does not. */
  async #turn(): Promise<Release> {
    const { upload, background } = this.#request;
    const usual: Lane = background === true ? 'background' : 'usual';
    let release: Release | undefined;
    try {
      await this.#interruptible(async (signal) => {
        release = await this.#options.limiter.acquire(signal, upload === undefined ? usual : 'upload');
        signal?.throwIfAborted();
      });
      return release!;
    } catch (error) {
      notify(release, undefined);
      throw error;
    }
  }

  /** Waits, and turns an abort by the caller into our own error. */
  async #interruptible(wait: (signal: AbortSignal | undefined) => Promise<void>): Promise<void> {
    const { signal } = this.#request.options;
    try {
      await wait(signal);
      signal?.throwIfAborted();
    } catch (error) {
      if (!signal?.aborted) throw error;
      throw this.#error(aborted(signal, false));
    }
  }

  #error(failure: Failure): LineAdsError {
    const { method, path, kind } = this.#request;
    const seconds = Math.round((this.#options.now() - this.#startedAt) / 1000);
    const tries =
      this.#attempts > 1 ? `tried ${this.#attempts} times in ${seconds} s` : ['not sent', 'tried once'][this.#attempts];
    const outcome: Outcome = kind !== 'read' && this.#mayBeTaken ? 'unknown' : 'not_taken';
    const doubt = outcome === 'unknown' ? ' LINE may have acted on it nevertheless.' : '';
    const message = `${failure.message}${doubt} (${method} ${path}, ${tries})`;
    return new LineAdsError(failure, { message, attempts: this.#attempts, outcome });
  }
}

/** What the answer says besides its content, for the log. */
type AnswerFacts = Pick<RequestLogEntry, 'status' | 'skewMs' | 'quota'>;

type Attempted<T> = AnswerFacts & ({ ok: true; value: T } | { ok: false; failure: Failure });

/** Sends a request once. Every fault except wrong usage comes back as a Failure. */
async function attempt<T>(connection: Connection, request: ApiRequest<T>): Promise<Attempted<T>> {
  let upload: UploadBody | undefined;
  try {
    if (request.upload !== undefined) upload = await UploadBody.open(request.upload, connection.boundary());
    return await withDeadline(
      limitOf(connection, request),
      request.options.signal,
      (signal) => exchange(connection, request, upload, signal),
      connection.deadline,
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
  const url = urlOf(connection.baseUrl, request);
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
  if (!response.ok) return { ...facts, ok: false, failure: failureOfAnswer({ ...facts, status, headers, body, now }) };
  try {
    return { ...facts, ok: true, value: request.parse(body) };
  } catch (error) {
    if (!(error instanceof AnswerError)) throw error;
    return { ...facts, ok: false, failure: unreadableAnswer(status, error) };
  }
}

/** Ms that one attempt may take. */
function limitOf<T>({ timeout, uploadTimeout }: Connection, { options, upload }: ApiRequest<T>): number {
  return options.timeout ?? (upload === undefined ? timeout : uploadTimeout);
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
  const fileFault = upload?.fault ?? (error instanceof FileError ? error : undefined);
  if (fileFault !== undefined) {
    const message = `The upload's file ${fileFault.message}.`;
    return { code: 'file_unreadable', message, retryable: false, mayBeTaken: false, cause: fileFault.cause };
  }
  // LINE cannot have taken a body that was not sent to its end. About other requests nobody knows.
  const mayBeTaken = upload?.complete ?? true;
  if (error instanceof DeadlineError) {
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
function aborted(signal: AbortSignal, mayBeTaken: boolean): Failure {
  const message = 'The call was aborted.';
  return { code: 'aborted', message, retryable: false, mayBeTaken, cause: signal.reason };
}

function unreadableAnswer(status: number, error: AnswerError): Failure {
  const message = `LINE answered ${status}, but its answer cannot be read: ${error.message}.`;
  return { code: 'invalid_response', message, status, retryable: false, mayBeTaken: true };
}
