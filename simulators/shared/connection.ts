/** A connection to a world in the same process: a `fetch` without sockets. */
import type { Incoming } from './incoming.ts';
import type { Answer, Reset } from './reply.ts';

/**
 * A `fetch` for requests to a world, whatever the host in their URLs. Bodies are texts, bytes or streams of bytes.
 * Answers have only `ok`, `status`, `headers` and `text()`, because a complete `Response` would cost as much time as
 * the request itself.
 */
export function fetchFrom(
  answer: (incoming: Incoming) => Promise<Answer | Reset>,
): (url: URL, init?: RequestInit) => Promise<Response> {
  return async (url, { method = 'GET', headers: given, body: sent, signal } = {}) => {
    signal?.throwIfAborted();
    const stream = sent instanceof ReadableStream ? streamed(sent) : undefined;
    const sentHeaders = given instanceof Headers ? given : new Headers(given);
    const answered = answer({
      method,
      target: url.pathname + url.search,
      headers: Object.fromEntries(sentHeaders),
      body: stream ?? complete(sent),
    });
    try {
      const result = await (signal ? unlessAborted(answered, signal) : answered);
      if (result.reset) throw connectionFailed(stream?.failure ?? resetByPeer());
      return received(result.status, new Headers(result.headers), result.body ?? '');
    } catch (error) {
      stream?.cancel(error);
      throw error;
    }
  };
}

/** The part of a `Response` that a client reads. */
function received(status: number, headers: Headers, body: string): Response {
  const ok = status >= 200 && status < 300;
  const part: Pick<Response, 'ok' | 'status' | 'headers' | 'text'> = {
    ok,
    status,
    headers,
    text: async () => body,
  };
  return part as Response;
}

function complete(body: unknown): Uint8Array | null {
  const bytes = typeof body === 'string' ? Buffer.from(body) : (body ?? null);
  if (bytes === null) return null;
  if (!(bytes instanceof Uint8Array)) throw new TypeError('Expected the body to be a text, bytes or a stream.');
  return bytes.length === 0 ? null : bytes;
}

/** A stream that is being sent. */
interface Sending extends AsyncIterable<Uint8Array> {
  /** Why the sender itself could not go on. */
  failure?: unknown;
  /** Sends no more. The rest of the stream is not read. */
  cancel(reason: unknown): void;
}

function streamed(stream: ReadableStream<Uint8Array>): Sending {
  const reader = stream.getReader();
  let stopped = false;
  const sending: Sending = {
    [Symbol.asyncIterator]: () => ({
      async next() {
        try {
          const result = await reader.read();
          // A cancelled stream looks like one that has ended.
          if (!stopped) return result as IteratorResult<Uint8Array, undefined>;
        } catch (error) {
          sending.failure = error;
        }
        throw sending.failure;
      },
    }),
    cancel(reason) {
      stopped = true;
      sending.failure ??= reason;
      reader.cancel(reason).catch(() => {});
    },
  };
  return sending;
}

/** Rejects with the reason of the signal when it aborts first. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** As `fetch` reports a broken connection. */
const connectionFailed = (cause: unknown) => new TypeError('fetch failed', { cause });

/** As Node.js reports a connection that the other side has reset. */
const resetByPeer = () =>
  Object.assign(new Error('read ECONNRESET'), { errno: -104, code: 'ECONNRESET', syscall: 'read' });
