import { type Attempted, aborted, attempt, type Connection } from './attempt.ts';
import { type Failure, LineAdsError, type Outcome } from './errors.ts';
import type { Lane, Limiter, Release, Sleep } from './limiter.ts';
import { present } from './readers.ts';
import { type ApiRequest, notify, type RequestLog, type Send } from './request.ts';
import { isNetworkFault, retryDelay } from './retry.ts';

export interface SenderOptions extends Connection {
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
      this.#attempts > 1
        ? `tried ${this.#attempts} times in ${seconds} s`
        : ['not sent', 'tried once'][this.#attempts];
    const outcome: Outcome = kind !== 'read' && this.#mayBeTaken ? 'unknown' : 'not_taken';
    const doubt = outcome === 'unknown' ? ' LINE may have acted on it nevertheless.' : '';
    const message = `${failure.message}${doubt} (${method} ${path}, ${tries})`;
    return new LineAdsError(failure, { message, attempts: this.#attempts, outcome });
  }
}
