/** Talking to a remote server: one HTTP request, its answer, and the retry policy. */
import { type Agent, type IncomingMessage, request as overHttp } from 'node:http';
import { request as overHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { backoff, withDeadline as endAfter } from '../../packages/client-core/src/timing.ts';
import { portOf } from '../domain/values/hosts.ts';
import { traceHeaders } from '../machine/active-trace.ts';
import { systemClock } from '../machine/system-clock.ts';
import { judgeBeforeProxy, newAgent } from '../network/proxy.ts';
import type { SourceHost } from './source.ts';

export interface Request {
  readonly headers: Readonly<Record<string, string>>;
  /** Keeps connections open. false: the request has its own connection. @default Node.js's own agent */
  readonly agent?: Agent | false;
  /** The guard's, which resolves the host name. @default the system */
  readonly lookup?: LookupFunction;
  readonly signal: AbortSignal;
}

/** An unused connection is closed after this time. */
const IDLE_MS = 10_000;

/**
 * An agent that keeps connections open. Only one source may use it, so that the same guard has allowed all of its
 * connections.
 * @param protocol `https:` or `http:`
 */
export const keptAgent = (protocol: string): Agent => newAgent(protocol, { keepAlive: true, timeout: IDLE_MS });

/** The host of a URL, for `lineup doctor`. */
export const webHost = (name: string, url: URL): SourceHost => ({
  what: name,
  host: url.hostname,
  port: portOf(url),
  tls: url.protocol === 'https:',
  web: true,
});

/** Sends a GET. */
export const get = (url: URL, request: Request): Promise<IncomingMessage> => send(url, request);

/** Sends a POST. The `content-type` of the body is among the headers. */
export const post = (url: URL, request: Request, body: string): Promise<IncomingMessage> => send(url, request, body);

/**
 * Resolves when the answer begins. It follows no redirect. The caller must read the answer to its end, or
 * destroy it.
 */
async function send(url: URL, { headers, agent, lookup, signal }: Request, body?: string): Promise<IncomingMessage> {
  if (lookup) await judgeBeforeProxy(url, lookup);
  return await new Promise((resolve, reject) => {
    const call = (url.protocol === 'https:' ? overHttps : overHttp)(
      url,
      {
        method: body === undefined ? 'GET' : 'POST',
        ...(agent !== undefined && { agent: agent || newAgent(url.protocol) }),
        ...(lookup && { lookup }),
        headers: { 'accept-encoding': 'identity', 'user-agent': 'Lineup', ...traceHeaders(), ...headers },
        signal,
      },
      resolve,
    );
    // Not `once`: a connection that breaks later reports its error on the answer, and here a second time.
    call.on('error', reject);
    call.end(body);
  });
}

/** `withDeadline` by a timer of this machine. */
export const withDeadline = <T>(
  ms: number,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> => endAfter(ms, outer, work, systemClock.sleep);

/**
 * The whole text of an answer. Undefined when it is longer than `mostBytes`; the rest is not read.
 * @throws {DeadlineError} when no data comes for `silenceMs`; any error of the connection
 */
export async function readText(
  answer: IncomingMessage,
  mostBytes: number,
  silenceMs: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const bytes = await readBytes(answer, mostBytes, silenceMs, signal);
  return bytes && new TextDecoder().decode(Buffer.concat(bytes));
}

/** The same as bytes, in the blocks that came. */
export async function readBytes(
  answer: IncomingMessage,
  mostBytes: number,
  silenceMs: number,
  signal: AbortSignal,
): Promise<Buffer[] | undefined> {
  const blocks: AsyncIterator<Buffer> = answer[Symbol.asyncIterator]();
  const taken: Buffer[] = [];
  let length = 0;
  for (;;) {
    const next = await withDeadline(silenceMs, signal, () => blocks.next());
    if (next.done) return taken;
    length += next.value.length;
    if (length > mostBytes) {
      answer.destroy();
      return undefined;
    }
    taken.push(next.value);
  }
}

/** The value of a JSON text. Undefined for any other text. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The error itself. When several addresses failed, each has its own error, and this is the first one. */
export const firstError = (error: unknown): unknown => (error instanceof AggregateError ? error.errors[0] : error);

/** Whether the same request may succeed in a moment. After any other status it would be refused again. */
export const isPassingStatus = (status: number): boolean => status === 429 || status >= 500;

const NETWORK_CODE = /^(?:ECONN|ETIMEDOUT$|EAI_AGAIN$|ENOTFOUND$|EPIPE$|EHOST|ENET|UND_ERR_)[A-Z_]{0,40}$/;

/** Whether it is the code of a failure of the network, which says nothing about the request. */
export const isNetworkCode = (code: unknown): boolean => NETWORK_CODE.test(String(code));

/** The properties of a failure that the retry policy needs. */
export interface Retryable {
  /** Whether the next attempt may succeed. */
  readonly retryable: boolean;
  /** How long the server asks us to wait, in ms. */
  readonly retryAfterMs?: number;
}

const LONGEST_DELAY_MS = 16_000;
/** We do not wait longer than this for a `Retry-After`: the read fails. */
const LONGEST_RETRY_AFTER_MS = 60_000;
/**
 * All waits together take about half a minute. So a long scan survives a restart of the server, and a person
 * does not wait too long.
 */
const MAX_ATTEMPTS = 7;

/**
 * The retry policy: ms to wait before the same request is sent again, or undefined to give up. Pure. Every
 * request is a read, so it only matters whether the next attempt may succeed. The server's `Retry-After` goes
 * before our own delay.
 * @param attempts how many were made, from 1
 * @param random from 0 up to 1
 */
export function retryDelay(failure: Retryable, attempts: number, random: number): number | undefined {
  if (!failure.retryable || attempts >= MAX_ATTEMPTS) return undefined;
  const { retryAfterMs } = failure;
  if (retryAfterMs !== undefined) return retryAfterMs <= LONGEST_RETRY_AFTER_MS ? retryAfterMs : undefined;
  return backoff(attempts, LONGEST_DELAY_MS, random);
}
