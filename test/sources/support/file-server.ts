/** A local file server over HTTP or HTTPS, with answers that a test controls. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Certificate } from './certificate.ts';

export interface FileServer {
  /** For example `http://127.0.0.1:41234`. */
  readonly origin: string;
  readonly host: string;
  /** The requests so far, in order. */
  readonly requests: readonly IncomingMessage[];
}

/** Lives until the test ends. */
export async function serveFiles(
  answer: (request: IncomingMessage, response: ServerResponse, count: number) => void,
  certificate?: Certificate,
): Promise<FileServer> {
  const requests: IncomingMessage[] = [];
  const take = (request: IncomingMessage, response: ServerResponse) => {
    requests.push(request);
    answer(request, response, requests.length);
  };
  const server = certificate ? createSecureServer(certificate, take) : createServer(take);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  const host = `${certificate ? 'localhost' : '127.0.0.1'}:${port}`;
  return { origin: `${certificate ? 'https' : 'http'}://${host}`, host, requests };
}

/**
 * Sends a file with its ETag, and parts of it if a client asks for the rest (RFC 9110, 13.1.5 and 14). Breaks the
 * connection after `breakAfter` bytes of a body.
 */
export function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
  { etag = '"1"', breakAfter, chunked = false }: { etag?: string; breakAfter?: number; chunked?: boolean } = {},
): void {
  const asked = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  const partial = asked !== null && request.headers['if-range'] === etag;
  const start = partial ? Number(asked[1]) : 0;
  const last = partial && asked[2] ? Number(asked[2]) : body.length - 1;
  const part = body.subarray(start, last + 1);
  response.writeHead(partial ? 206 : 200, {
    etag,
    ...(!chunked && { 'content-length': part.length }),
    ...(partial && { 'content-range': `bytes ${start}-${last}/${body.length}` }),
  });
  if (breakAfter === undefined || breakAfter >= part.length) response.end(part);
  // The sent data arrives before the connection ends.
  else response.write(part.subarray(0, breakAfter), () => response.socket?.destroySoon());
}
