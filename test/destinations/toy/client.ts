/** Sends the requests of the toy: its turn, its token, one attempt, and the next one. Nothing else knows HTTP. */
import { once } from 'node:events';
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { backoff, withDeadline } from '../../../packages/client-core/src/timing.ts';
import type { ConnectOptions } from '../../../src/destinations/connect.ts';
import type { Upload, Written } from '../../../src/destinations/destination.ts';
import { quotaOf, type RequestQuota } from '../../../src/domain/destinations/limits.ts';
import type { RequestLane } from '../../../src/domain/destinations/traits.ts';
import { LineupError } from '../../../src/domain/errors/errors.ts';
import type { Secret } from '../../../src/domain/values/secret.ts';
import { systemClock } from '../../../src/machine/system-clock.ts';
import { toyTraits } from './traits.ts';

interface Call {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly lane?: RequestLane;
  readonly json?: unknown;
  readonly file?: Pick<Upload, 'bytes' | 'read' | 'onProgress'>;
  readonly signal?: AbortSignal | undefined;
}

interface Answer {
  readonly status: number;
  readonly body: { readonly error?: string };
}

const TIMEOUT_MS = 30_000;
const RETRIES = { run: 4, person: 1 };

export class ToyClient {
  readonly #options: ConnectOptions;
  readonly #quota: RequestQuota;

  constructor(options: ConnectOptions) {
    this.#options = options;
    this.#quota = quotaOf(toyTraits, options.credentials['client_id'] ?? '');
  }

  /** The answer to a read. @throws {LineupError} explained */
  async read<T>(call: Call): Promise<T> {
    const answered = await this.write<T>(call);
    if (answered.outcome === 'taken') return answered.value;
    throw answered.why;
  }

  /** The outcome of a request. Only a read, or what was certainly not taken, is sent again. */
  async write<T>(call: Call): Promise<Written<T>> {
    const { clock = systemClock, patience, tokens } = this.#options;
    let refused: Secret | undefined;
    for (let attempts = 1; ; attempts += 1) {
      let tried: Tried;
      try {
        const token = await tokens!.current(refused, call.signal);
        tried = await this.#attempt(call, token, attempts);
        if (tried.answer?.status === 401 && !refused) {
          refused = token;
          continue;
        }
      } catch (error) {
        if (!(error instanceof LineupError || call.signal?.aborted)) throw error;
        return { outcome: 'not_taken', why: explain(error, call.signal), reason: null };
      }
      const written = outcomeOf<T>(tried);
      if (written.outcome === 'taken') return written;
      const isSafe = call.method === 'GET' || written.outcome === 'not_taken';
      if (!isSafe || !written.why.retryable || attempts > RETRIES[patience]) return written;
      if (tried.answer?.status === 429) await this.#pause();
      else await clock.sleep(backoff(attempts, 8_000, 1), call.signal).catch(() => {});
      if (call.signal?.aborted) return { outcome: written.outcome, why: interrupted(), reason: null };
    }
  }

  /** No process sends a request meanwhile. The next one waits for its end with its turn. */
  #pause(): Promise<void> {
    const { limits } = this.#options;
    return limits.pause(this.#quota.key, toyTraits.limits.pauseMs);
  }

  async #attempt(call: Call, token: Secret, attempt: number): Promise<Tried> {
    const { clock = systemClock, limits, log, credentials, baseUrl = credentials['base_url'] } = this.#options;
    const began = clock.now();
    const sending = { isComplete: false };
    let release: (() => void) | undefined;
    let answer: Answer | undefined;
    try {
      release = await limits.rate(this.#quota).acquire(call.signal, call.lane);
      answer = await withDeadline(
        call.file ? 10 * TIMEOUT_MS : TIMEOUT_MS,
        call.signal,
        (signal) => exchange(new URL(call.path, baseUrl), { ...call, signal }, token, sending),
        clock.sleep,
      );
      return { answer };
    } catch (error) {
      return { why: explain(error, call.signal), isComplete: sending.isComplete };
    } finally {
      release?.();
      log?.({
        time: began.toISOString(),
        method: call.method,
        endpoint: call.path.split('?')[0]!,
        durationMs: clock.now().getTime() - began.getTime(),
        attempt,
        ...(answer && { status: answer.status }),
        ...(answer?.body.error !== undefined && { error: answer.body.error }),
      });
    }
  }
}

type Tried =
  | { readonly answer: Answer; readonly why?: undefined }
  | { readonly answer?: undefined; readonly why: LineupError; readonly isComplete: boolean };

function outcomeOf<T>(tried: Tried): Written<T> {
  if (!tried.answer) return { outcome: tried.isComplete ? 'unknown' : 'not_taken', why: tried.why, reason: null };
  const { status, body } = tried.answer;
  if (status < 300) return { outcome: 'taken', value: body as T };
  const reason = body.error ?? null;
  const means = meanings[reason ?? ''];
  const why = new LineupError(
    codes[status] ?? (status >= 500 ? 'line_unavailable' : 'line_rejected'),
    `The toy answered ${status} ${reason}.`,
    {
      reason: reason ?? undefined,
      retryable: status === 429 || status >= 500,
    },
  );
  return { outcome: status >= 500 ? 'unknown' : 'not_taken', why, reason, ...(means && { means }) };
}

const codes: Partial<Record<number, 'line_unauthorized' | 'line_rate_limited'>> = {
  401: 'line_unauthorized',
  429: 'line_rate_limited',
};
const meanings: Partial<Record<string, 'name_taken' | 'wrong_value'>> = {
  [toyTraits.reasons.nameTaken]: 'name_taken',
  bad_value: 'wrong_value',
  name_too_long: 'wrong_value',
};

const interrupted = (): LineupError => new LineupError('interrupted', 'The request to the toy was stopped.');

function explain(error: unknown, signal: AbortSignal | undefined): LineupError {
  if (signal?.aborted) return interrupted();
  if (error instanceof LineupError) return error;
  return new LineupError('line_unreachable', 'The connection to the toy was lost.', { retryable: true, cause: error });
}

async function exchange(
  url: URL,
  { method, json, file, signal }: Call,
  token: Secret,
  sending: { isComplete: boolean },
): Promise<Answer> {
  const body = json === undefined ? undefined : JSON.stringify(json);
  const request = httpRequest(url, {
    method,
    signal,
    headers: {
      authorization: `Bearer ${token.reveal()}`,
      ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
      ...(file && { 'content-length': file.bytes }),
    },
  });
  const answered = once(request, 'response') as Promise<[IncomingMessage]>;
  try {
    sending.isComplete = file === undefined || (await sendFile(request, file, answered));
    if (sending.isComplete) request.end(body);
    const [response] = await answered;
    let text = '';
    for await (const block of response) text += String(block);
    return { status: response.statusCode ?? 0, body: JSON.parse(text) as Answer['body'] };
  } finally {
    // It is awaited above, unless the content has failed.
    answered.catch(() => {});
    request.destroy();
  }
}

/**
 * The last bytes go only when the content has ended well: without them the other side has no complete file.
 * @returns false when the other side has answered before the end, as with a refusal
 */
async function sendFile(
  request: ClientRequest,
  { bytes, read, onProgress }: NonNullable<Call['file']>,
  answered: Promise<unknown>,
): Promise<boolean> {
  const early = answered.then(() => undefined);
  const blocks = read()[Symbol.asyncIterator]();
  let held: Uint8Array | undefined;
  let sent = 0;
  const write = async (block: Uint8Array) => {
    if (!request.write(block)) await Promise.race([once(request, 'drain'), early]);
    sent += block.length;
    onProgress(sent);
  };
  try {
    for (;;) {
      // A connection that breaks ends the waiting for the next block.
      const next = await Promise.race([blocks.next(), early]);
      if (next === undefined) return false;
      if (next.done) break;
      if (held) await write(held);
      held = next.value;
    }
  } finally {
    blocks.return?.().catch(() => {});
  }
  if (sent + (held?.length ?? 0) !== bytes) throw new LineupError('staged_file_changed', 'The file has another size.');
  if (held) await write(held);
  return true;
}
