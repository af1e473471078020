/**
 * The network between a process and a destination: it gives the bytes of a request to a simulator, and its answer back.
 * Both arrive as events of their own.
 */
import type { Incoming } from '../../../simulators/shared/incoming.ts';
import type { Answer, Reset } from '../../../simulators/shared/reply.ts';
import type { Process } from '../../engine/process.ts';
import type { Timeline } from '../../engine/timeline.ts';
import type { SentRequest } from './side.ts';

/** Networks lose what is longer on its way. The limits of LINE rely on it: a dead process keeps its places as long. */
const LONGEST_WAY_MS = 15_000;

export interface Network {
  readonly timeline: Timeline;
  /** The name of the destination. */
  readonly to: string;
  /** The headers that the destination reads. */
  readonly headers: readonly string[];
  /** @param begunAt when the process began the request, in machine time. It may need some time to send all of it */
  readonly answer: (incoming: Incoming, begunAt: number) => Promise<Answer | Reset>;
  /** Called when a process sends a request, before the destination has it. */
  readonly onSend: (request: Omit<SentRequest, 'upload'>) => void;
  /** Called after each request that the destination has carried out. */
  readonly onAnswer: () => void;
  /** Called when a request does not arrive. @param body that of the request */
  readonly onLost?: (body: Uint8Array | null) => void;
}

/** Sends a request of a process, as `fetch`. */
export async function sendOver(network: Network, process: Process, url: URL, init: RequestInit): Promise<Response> {
  const { timeline, to, answer, onSend, onAnswer, onLost } = network;
  const { signal } = init;
  signal?.throwIfAborted();
  const begunAt = timeline.now;
  const sent = new Headers(init.headers);
  const headers = Object.fromEntries(
    network.headers.flatMap((name) => (sent.has(name) ? [[name, sent.get(name)!]] : [])),
  );
  const body = await bytesOf(init.body);
  const method = init.method ?? 'GET';
  const target = `${url.pathname}${url.search}`;
  onSend({ process, method, path: url.pathname, query: url.searchParams, body });
  return new Promise((resolve, reject) => {
    if (process.isDead) return;
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    // On its way it belongs to nobody: it arrives although its sender is dead.
    const sentAt = timeline.now;
    timeline.schedule(null, `${to} gets ${method} ${url.pathname}`, 0, () => {
      // A connection that was closed before brings nothing any more.
      if (signal?.aborted || timeline.now - sentAt > LONGEST_WAY_MS) {
        onLost?.(body);
        return;
      }
      void answer({ method, target, headers, body }, begunAt).then((answered) => {
        onAnswer();
        if (process.isDead) return;
        timeline.schedule(process, `answer ${answered.status ?? 'reset'}`, 0, () => {
          if (answered.status === undefined) reject(broken());
          else resolve(asResponse(answered));
        });
      });
    });
  });
}

async function bytesOf(body: RequestInit['body']): Promise<Uint8Array | null> {
  if (body === null || body === undefined) return null;
  if (typeof body === 'string') return Buffer.from(body);
  if (body instanceof Uint8Array) return body;
  const parts: Uint8Array[] = [];
  for await (const part of body as ReadableStream<Uint8Array>) parts.push(part);
  return Buffer.concat(parts);
}

/** As `fetch` rejects when the connection is closed without an answer. */
const broken = () =>
  new TypeError('fetch failed', {
    cause: Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' }),
  });

/** What a client uses of a response. */
function asResponse({ status, headers, body }: Answer): Response {
  const response = { ok: status < 300, status, headers: new Headers(headers), text: async () => body ?? '' };
  return response as unknown as Response;
}
