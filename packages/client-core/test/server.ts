/** Real HTTP servers on this machine, for the tests of the clients. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

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

export interface TestServer {
  url: string;
  received: Received[];
}

/** A real HTTP server on a free port of this machine, closed when the test ends. */
export async function startServer(behaviour: Behaviour): Promise<TestServer> {
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
