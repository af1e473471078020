/** How a call is made: its turn, one attempt, the log, and the next attempt. A client says what an attempt is. */
import type { CommonCode, Failure, Outcome } from './failure.ts';
import type { Lane, Limiter, Release, Sleep } from './limiter.ts';
import { classifyNetworkFault } from './network-fault.ts';
import { type Fetch, type HeadersLike, notify, type RequestOptions, type UploadSpec } from './request.ts';
import { type CallKind, isNetworkFault, retryDelay } from './retry.ts';
import { DeadlineError, withDeadline } from './timing.ts';
import { FileError, UploadBody } from './upload.ts';
import { AnswerError, present } from './validation.ts';

/** What all attempts of a client have in common. */
export interface Connection {
  /** Without a slash at the end. */
  baseUrl: string;
  fetch: Fetch;
  /** Ms since the epoch. */
  now: () => number;
  /** Resolves when the time of an attempt is over. */
  deadline: Sleep;
  /** A new boundary for the parts of a form. */
  boundary: () => string;
  headers: HeadersLike;
  userAgent: string;
}

export interface CallerOptions<Entry> extends Connection {
  limiter: Limiter;
  sleep: Sleep;
  /** From 0 up to 1. */
  random: () => number;
  maxRetries: number;
  log: ((entry: Entry) => void) | undefined;
}

/** What the loop must know of a request. */
export interface Call {
  method: string;
  /** Below the base URL, without a query. */
  path: string;
  kind: CallKind;
  upload?: UploadSpec | undefined;
  options: RequestOptions;
  background?: boolean | undefined;
}

/** The result of one attempt, with what the answer says besides its content. */
export type Attempted<T, F extends Failure, Facts> = Facts &
  ({ ok: true; value: T } | { ok: false; failure: F | Failure<CommonCode> });

/** One attempt, for the log. */
export interface LoggedAttempt {
  time: string;
  method: string;
  endpoint: string;
  durationMs: number;
  attempt: number;
}

/** What only one client does. */
export interface Side<T, F extends Failure, Facts, Entry> {
  /** The name of the other side, for messages. */
  name: string;
  /** Before each turn, as to get a token. */
  prepare?: (signal: AbortSignal | undefined) => Promise<void>;
  /** What an error of `prepare` means. @default it ends the call as it is */
  unprepared?: (error: unknown) => F;
  attempt: () => Promise<Attempted<T, F, Facts>>;
  entry: (usual: LoggedAttempt, result: Attempted<T, F, Facts>) => Entry;
  /** Instead of the usual delay after a failure. Undefined: the usual one. */
  delayAfter?: (failure: F | Failure<CommonCode>) => number | undefined;
  /** Instead of the usual wait before the next attempt. */
  wait?: (ms: number, failure: F | Failure<CommonCode>, signal: AbortSignal | undefined) => Promise<void>;
  /** After each attempt that failed, before the next one or the end. */
  failed?: (failure: F | Failure<CommonCode>, signal: AbortSignal | undefined) => Promise<void>;
  error: (failure: F | Failure<CommonCode>, about: { message: string; attempts: number; outcome: Outcome }) => Error;
}

/** One call with all of its attempts. */
export class Calling<T, F extends Failure, Facts, Entry> {
  readonly #options: CallerOptions<Entry>;
  readonly #call: Call;
  readonly #side: Side<T, F, Facts, Entry>;
  readonly #startedAt: number;
  #attempts = 0;
  /** Whether the other side may have taken any of the attempts. */
  #mayBeTaken = false;
  /** When the first of the latest network faults in a row began. */
  #unreachableSince: number | undefined;

  constructor(options: CallerOptions<Entry>, call: Call, side: Side<T, F, Facts, Entry>) {
    this.#options = options;
    this.#call = call;
    this.#side = side;
    this.#startedAt = options.now();
  }

  async run(): Promise<T> {
    const { sleep, now } = this.#options;
    const { prepare, failed, wait = (ms, _failure, signal) => sleep(ms, signal) } = this.#side;
    for (;;) {
      if (prepare) await this.#prepared(prepare);
      const release = await this.#turn();
      const startedAt = now();
      const result = await this.#attempt(startedAt).finally(() => notify(release, undefined));
      if (result.ok) return result.value;
      const { failure } = result;
      this.#mayBeTaken ||= failure.mayBeTaken;
      if (failed) await this.#interruptible((signal) => failed(failure, signal));
      const delay = this.#delayAfter(failure, startedAt);
      if (delay === undefined) throw this.#error(failure);
      await this.#interruptible((signal) => wait(delay, failure, signal));
    }
  }

  async #prepared(prepare: (signal: AbortSignal | undefined) => Promise<void>): Promise<void> {
    let failure: F | undefined;
    await this.#interruptible(async (signal) => {
      await prepare(signal).catch((error: unknown) => {
        const { unprepared } = this.#side;
        if (!unprepared || signal?.aborted) throw error;
        failure = unprepared(error);
      });
    });
    if (failure) throw this.#error(failure);
  }

  async #attempt(startedAt: number): Promise<Attempted<T, F, Facts>> {
    const { log, now } = this.#options;
    this.#attempts += 1;
    const result = await this.#side.attempt();
    const usual = {
      time: new Date(startedAt).toISOString(),
      method: this.#call.method,
      endpoint: this.#call.path,
      durationMs: now() - startedAt,
      attempt: this.#attempts,
    };
    notify(log, this.#side.entry(usual, result));
    return result;
  }

  #delayAfter(failure: F | Failure<CommonCode>, startedAt: number): number | undefined {
    const { now, random } = this.#options;
    if (isNetworkFault(failure)) this.#unreachableSince ??= startedAt;
    else this.#unreachableSince = undefined;
    return (
      this.#side.delayAfter?.(failure) ??
      retryDelay({
        kind: this.#call.kind,
        failure,
        attempts: this.#attempts,
        maxRetries: this.#call.options.maxRetries ?? this.#options.maxRetries,
        tookMs: now() - startedAt,
        unreachableMs: now() - (this.#unreachableSince ?? now()),
        random: random(),
      })
    );
  }

  /** Waits until the limiter lets the request go. Also heeds the signal when the limiter itself does not. */
  async #turn(): Promise<Release> {
    const { upload, background } = this.#call;
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
    const { signal } = this.#call.options;
    try {
      await wait(signal);
      signal?.throwIfAborted();
    } catch (error) {
      if (!signal?.aborted) throw error;
      throw this.#error(aborted(signal, false));
    }
  }

  #error(failure: F | Failure<CommonCode>): Error {
    const { method, path, kind } = this.#call;
    const seconds = Math.round((this.#options.now() - this.#startedAt) / 1000);
    const tries =
      this.#attempts > 1 ? `tried ${this.#attempts} times in ${seconds} s` : ['not sent', 'tried once'][this.#attempts];
    const outcome: Outcome = kind !== 'read' && this.#mayBeTaken ? 'unknown' : 'not_taken';
    const doubt = outcome === 'unknown' ? ` ${this.#side.name} may have acted on it nevertheless.` : '';
    const message = `${failure.message}${doubt} (${method} ${path}, ${tries})`;
    return this.#side.error(failure, { message, attempts: this.#attempts, outcome });
  }
}

/**
 * Sends a request once, within its time. Every fault except wrong usage comes back as a Failure.
 * @param limitMs how long it may take
 * @param exchange sends it and reads the answer
 */
export async function attemptOnce<T, F extends Failure, Facts extends object>(
  { name, limitMs, connection }: { name: string; limitMs: number; connection: Connection },
  { upload: spec, options }: Pick<Call, 'upload' | 'options'>,
  exchange: (upload: UploadBody | undefined, signal: AbortSignal) => Promise<Attempted<T, F, Facts>>,
): Promise<Attempted<T, F, Partial<Facts>>> {
  let upload: UploadBody | undefined;
  try {
    if (spec !== undefined) upload = await UploadBody.open(spec, connection.boundary());
    return await withDeadline(limitMs, options.signal, (signal) => exchange(upload, signal), connection.deadline);
  } catch (error) {
    const about = { name, limitMs, origin: new URL(connection.baseUrl).origin, signal: options.signal, upload };
    return { ok: false, failure: failureOf(error, about) } as Attempted<T, F, Partial<Facts>>;
  } finally {
    await upload?.close();
  }
}

interface Sent {
  name: string;
  limitMs: number;
  origin: string;
  signal: AbortSignal | undefined;
  upload: UploadBody | undefined;
}

function failureOf(error: unknown, { name, limitMs, origin, signal, upload }: Sent): Failure<CommonCode> {
  const fileFault = upload?.fault ?? (error instanceof FileError ? error : undefined);
  if (fileFault !== undefined) {
    const message = `The upload's file ${fileFault.message}.`;
    return { code: 'file_unreadable', message, retryable: false, mayBeTaken: false, cause: fileFault.cause };
  }
  // Nobody can have taken a body that was not sent to its end. About other requests nobody knows.
  const mayBeTaken = upload?.complete ?? true;
  if (error instanceof DeadlineError) {
    const message = `${name} did not answer within ${limitMs / 1000} seconds.`;
    return { code: 'timeout', message, retryable: true, mayBeTaken };
  }
  if (signal?.aborted) return aborted(signal, mayBeTaken);
  const fault = classifyNetworkFault(error);
  const verb = fault.neverSent ? `${name} could not be reached` : `The connection to ${name} broke`;
  return {
    code: 'connection_failed',
    message: `${verb} at ${origin}: ${fault.words} (${fault.code}).`,
    retryable: !fault.permanent,
    mayBeTaken: mayBeTaken && !fault.neverSent,
    cause: fault.cause,
  };
}

/** The caller's signal ended the call. */
function aborted(signal: AbortSignal, mayBeTaken: boolean): Failure<CommonCode> {
  const message = 'The call was aborted.';
  return { code: 'aborted', message, retryable: false, mayBeTaken, cause: signal.reason };
}

/** How fast an upload must be at least: 1 Mbit/s, in bytes a ms. A whole GiB may take two and a half hours. */
const BYTES_A_MS = 125;

/** Ms that the bytes of an upload may take. */
export const uploadMs = (bytes: number): number => Math.ceil(bytes / BYTES_A_MS);

/** The text of an answer. The status of a refusal is enough; its text only explains. */
export const textOf = (response: Pick<Response, 'ok' | 'text'>): Promise<string> =>
  response.ok ? response.text() : response.text().catch(() => '');

/** The value that `read` makes of an answer, or why it cannot be read. */
export function readAnswer<T>(name: string, status: number, read: () => T): Attempted<T, Failure<CommonCode>, object> {
  try {
    return { ok: true, value: read() };
  } catch (error) {
    if (!(error instanceof AnswerError)) throw error;
    const message = `${name} answered ${status}, but its answer cannot be read: ${error.message}.`;
    return {
      ok: false,
      failure: { code: 'invalid_response', message, status, retryable: false, mayBeTaken: true },
    };
  }
}

/** The headers of the client and of the call, and those that the client sets itself. */
export function headersOf(
  { headers: common, userAgent }: Pick<Connection, 'headers' | 'userAgent'>,
  { headers: own }: RequestOptions,
  set: Record<string, string | undefined>,
): Headers {
  const headers = new Headers(common);
  if (own !== undefined) {
    new Headers(own).forEach((value, name) => {
      headers.set(name, value);
    });
  }
  const fixed = { accept: 'application/json', 'user-agent': userAgent, ...present(set) };
  for (const [name, value] of Object.entries(fixed)) setHeader(headers, name, value as string);
  return headers;
}

/** The engine's own error quotes the value, which may be a token. */
function setHeader(headers: Headers, name: string, value: string): void {
  try {
    headers.set(name, value);
  } catch {
    throw new TypeError(`The header ${name} would have a character that HTTP does not allow.`);
  }
}

/** An upload's body. Without a length the stream would be sent in chunked encoding, which some gateways refuse. */
export function streamed(upload: UploadBody, headers: Headers): RequestInit {
  headers.set('content-type', upload.contentType);
  headers.set('content-length', String(upload.contentLength));
  return { headers, body: upload.stream(), duplex: 'half' };
}
