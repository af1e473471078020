/** A server that passes every request on to another one, and keeps the headers. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface RecordingProxy {
  /** The same path as the URL of the other server has. */
  readonly url: string;
  readonly headers: readonly IncomingHttpHeaders[];
}

export async function recordingProxy(target: string): Promise<RecordingProxy> {
  const { origin, pathname } = new URL(target);
  const seen: IncomingHttpHeaders[] = [];
  const server = createServer((incoming, answer) => {
    const { headers, method } = incoming;
    seen.push(headers);
    const onwards = request(new URL(incoming.url ?? '', origin), { method, headers }, (reply) => {
      answer.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(answer);
    });
    onwards.on('error', () => answer.destroy());
    incoming.pipe(onwards);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${pathname}`, headers: seen };
}
