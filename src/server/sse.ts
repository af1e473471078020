/** Server-sent events: a stream of updates that ends by itself, is kept alive through proxies, and can be taken up again. */
import { setTimeout } from 'node:timers/promises';
import { redactInternalsInBody } from '../contracts/redact-internals.ts';

/** What a handler streams; one with a number can be taken up again after it. */
export interface Update {
  readonly type: string;
  readonly seq?: number;
}

/** One event; an `id` comes back as `Last-Event-ID` when the client reconnects. */
interface ServerEvent {
  readonly event: string;
  readonly id?: number;
  readonly data: unknown;
}

export const eventStreamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  // `no-transform` and the second header keep proxies from collecting events before they pass them on.
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
} as const;

const frame = ({ event, id, data }: ServerEvent): string =>
  `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

/** Each update as an event, and `end` after the last one. @param whole for a reader who may know what is inside the network */
export async function* toEvents(
  updates: AsyncIterable<Update>,
  signal: AbortSignal,
  whole: boolean,
): AsyncGenerator<ServerEvent> {
  for await (const update of updates) {
    // Only a numbered update has an id: a client can have missed nothing but what follows the last one that it saw.
    const { type: event, seq: id } = update;
    yield { event, id, data: whole ? update : redactInternalsInBody(update) };
  }
  // Browsers reconnect to a stream that has ended. This event says that nothing more will come.
  if (!signal.aborted) yield { event: 'end', data: {} };
}

/**
 * The events as text, with a comment after each `heartbeatMs` of silence: proxies cut connections that are silent, and a
 * client that has gone is noticed only by writing to it.
 * @param signal ends the stream; whoever makes `events` gets the same one
 */
export async function* eventStream(
  events: AsyncIterable<ServerEvent>,
  heartbeatMs: number,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const iterator = events[Symbol.asyncIterator]();
  yield 'retry: 2000\n\n';
  let next = iterator.next();
  try {
    while (!signal.aborted) {
      const result = await orSilence(next, heartbeatMs, signal);
      if (result === 'silence') {
        yield ': \n\n';
        continue;
      }
      if (result.done) return;
      yield frame(result.value);
      next = iterator.next();
    }
  } finally {
    // Its failure has no reader any more; an unhandled one would end the process.
    next.catch(() => {});
    await iterator.return?.();
  }
}

async function orSilence<T>(value: Promise<T>, ms: number, signal: AbortSignal): Promise<T | 'silence'> {
  const timer = new AbortController();
  try {
    const silence = delay('silence' as const, ms, AbortSignal.any([timer.signal, signal]));
    return await Promise.race([value, silence]);
  } finally {
    timer.abort();
  }
}

/** `value` after `ms`, or at once when `signal` is aborted. */
async function delay<T>(value: T, ms: number, signal: AbortSignal): Promise<T> {
  return setTimeout(ms, value, { signal }).catch(() => value);
}
