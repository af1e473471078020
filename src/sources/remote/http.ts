/** One HTTP request to a remote source, and its answer as far as it may go. */
import { type Agent, type IncomingMessage, request as overHttp } from 'node:http';
import { request as overHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { within } from './deadline.ts';

export interface Request {
  readonly headers: Readonly<Record<string, string>>;
  /** Keeps connections; false: a connection of its own. @default Node.js's own agent */
  readonly agent?: Agent | false;
  /** Resolves the name. @default the system */
  readonly lookup?: LookupFunction;
  readonly signal: AbortSignal;
}

/** A GET whose answer has begun; no redirect is followed. Whoever takes it reads it to its end, or destroys it. */
export function get(url: URL, { headers, agent, lookup, signal }: Request): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const call = (url.protocol === 'https:' ? overHttps : overHttp)(
      url,
      {
        ...(agent !== undefined && { agent }),
        ...(lookup && { lookup }),
        headers: { 'accept-encoding': 'identity', 'user-agent': 'Lineup', ...headers },
        signal,
      },
      resolve,
    );
    // Stays: what breaks later is told by the answer, and here a second time.
    call.on('error', reject);
    call.end();
  });
}

/**
 * The whole text of an answer; undefined when it is longer than `mostBytes`, and then no more of it is read.
 * @throws {TimeIsUp} when nothing comes for `silenceMs`; whatever the connection breaks with
 */
export async function readText(
  answer: IncomingMessage,
  mostBytes: number,
  silenceMs: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const blocks: AsyncIterator<Buffer> = answer[Symbol.asyncIterator]();
  const taken: Buffer[] = [];
  let length = 0;
  for (;;) {
    const next = await within(silenceMs, signal, () => blocks.next());
    if (next.done) return new TextDecoder().decode(Buffer.concat(taken));
    length += next.value.length;
    if (length > mostBytes) {
      answer.destroy();
      return undefined;
    }
    taken.push(next.value);
  }
}
