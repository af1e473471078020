/** Receivers for webhooks and for e-mail, on real ports. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { onTestFinished } from 'vitest';

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface WebReceiver {
  readonly url: string;
  readonly received: readonly Received[];
  /** Sets the next answers. @default 204 */
  answer(status: number, headers?: Record<string, string>): void;
}

export async function webReceiver(): Promise<WebReceiver> {
  const received: Received[] = [];
  let status = 204;
  let headers: Record<string, string> = {};
  const url = await serveInTest(async (request, response) => {
    received.push({ path: request.url ?? '', headers: request.headers, body: await text(request) });
    response.writeHead(status, headers).end();
  });
  return {
    url,
    received,
    answer: (next, more = {}) => {
      status = next;
      headers = more;
    },
  };
}

/** A server on a port of its own, until the test ends. @returns its address */
export async function serveInTest(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export interface MailReceiver {
  readonly port: number;
  /** Whole messages, with their recipients. */
  readonly received: readonly { readonly to: readonly string[]; readonly text: string }[];
}

export async function mailReceiver(options: SMTPServerOptions = {}): Promise<MailReceiver> {
  const received: { to: string[]; text: string }[] = [];
  const server = new SMTPServer({
    authOptional: true,
    ...options,
    onData: (stream, session, done) => {
      const to = session.envelope.rcptTo.map(({ address }) => address);
      text(stream).then((message) => {
        received.push({ to, text: message });
        done();
      }, done);
    },
  });
  server.on('error', () => {});
  const listening = server.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  onTestFinished(() => new Promise<void>((resolve) => server.close(resolve)));
  return { port: (listening.address() as AddressInfo).port, received };
}
