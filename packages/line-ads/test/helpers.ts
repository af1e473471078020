import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { LineAdsClient, type LineAdsClientOptions, LineAdsError, type RequestLogEntry } from '../src/index.ts';

export interface Received {
  method: string;
  /** With the query. */
  url: string;
  headers: IncomingMessage['headers'];
  body: Buffer;
  /** From 1, over all requests of the server. */
  number: number;
}

export interface Reply {
  status?: number;
  headers?: Record<string, string>;
  /** An object is sent as JSON, and text unchanged. */
  body?: unknown;
}

/** The server’s reaction to a complete request: an answer, or (`reset`) a broken connection. */
type Behaviour = (request: Received) => Reply | 'reset' | 'silence';

export interface LineServer {
  url: string;
  received: Received[];
}

/** A real HTTP server on a free port of this machine, closed when the test ends. */
export async function startServer(behaviour: Behaviour): Promise<LineServer> {
  const received: Received[] = [];
  const url = await listen(async (incoming, response) => {
    const blocks: Buffer[] = [];
    for await (const block of incoming) blocks.push(block as Buffer);
    const { method = '', url: path = '', headers } = incoming;
    const request = { method, url: path, headers, body: Buffer.concat(blocks), number: received.length + 1 };
    received.push(request);
    const reply = behaviour(request);
    if (reply === 'silence') return;
    if (reply === 'reset') incoming.socket.destroy();
    else answer(response, reply);
  });
  return { url, received };
}

/** The same without reading the request first. Returns the base URL. */
export async function listen(
  handler: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>,
): Promise<string> {
  const server = createServer((request, response) => {
    // A broken upload ends the reading with an error. Those tests expect it.
    Promise.resolve(handler(request, response)).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`;
}

function answer(response: ServerResponse, { status = 200, headers = {}, body }: Reply): void {
  response.writeHead(status, headers);
  response.end(body === undefined || typeof body === 'string' ? body : JSON.stringify(body));
}

/** A port without a server. */
export async function refusedUrl(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}/api`;
}

/** The start of every test clock: Wed, 22 Dec 2021 00:00:00 GMT, the day of the signing vectors. */
export const START = Date.UTC(2021, 11, 22);

export interface TestClient {
  client: LineAdsClient;
  /** The waits between attempts, in ms. */
  sleeps: number[];
  log: RequestLogEntry[];
  clock: { time: number };
}

/** A client on a test clock: a sleep moves the clock and takes no time. Its limiter accepts everything. */
export function testClient(baseUrl: string, options: Partial<LineAdsClientOptions> = {}): TestClient {
  const sleeps: number[] = [];
  const log: RequestLogEntry[] = [];
  const clock = { time: START };
  const client = new LineAdsClient({
    accessKey: 'LINEADSAMPLE',
    secretKey: 'LINEADSECRETKEYSAMPLE',
    baseUrl,
    limiter: { acquire: async () => () => {} },
    now: () => clock.time,
    sleep: async (ms) => {
      sleeps.push(ms);
      clock.time += ms;
    },
    random: () => 1,
    log: (entry) => log.push(entry),
    ...options,
  });
  return { client, sleeps, log, clock };
}

/** The LineAdsError of a call. Any other end fails the test. */
export async function failureOf(call: Promise<unknown>): Promise<LineAdsError> {
  const end = await call.then(
    () => 'success',
    (error: unknown) => error,
  );
  if (end instanceof LineAdsError) return end;
  throw new Error('Expected a LineAdsError', { cause: end });
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

export const audience = {
  id: '5343822743475',
  name: 'VIP',
  functionType: 'HASHED_EMAIL_UPLOAD',
  status: 'IN_PROGRESS',
  estimatedAudienceSize: '-',
  created: '2026-01-05T10:00:00+09:00',
};
