/** The HTTP side of a simulator: the server, its answers, and faults of a connection. */
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Incoming } from './incoming.ts';
import { type Reply, written } from './reply.ts';

export type { Reply } from './reply.ts';

/** @param time the time for the `Date` header: the clock of the simulated service, not of this machine */
export function createServer(time: () => number): FastifyInstance {
  const app = Fastify({
    exposeHeadRoutes: false,
    forceCloseConnections: true,
    keepAliveTimeout: 60_000,
    requestTimeout: 300_000,
    rewriteUrl: ({ url = '' }) => (isDecodable(url) ? url : url.replaceAll('%', '%25')),
    // When a name occurs twice, the first value counts.
    routerOptions: {
      maxParamLength: 65_536,
      querystringParser: (text) => Object.fromEntries([...new URLSearchParams(text)].reverse()),
    },
  });
  // An older client of Lytics sends a body with GET.
  app.addHttpMethod('GET', { hasBody: true, overrideExisting: true });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.addHook('onSend', async (_request, reply) => {
    if (!reply.hasHeader('date')) reply.header('date', new Date(time()).toUTCString());
  });
  // A bug of the simulator must be visible.
  app.setErrorHandler<Error>((error, _request, reply) =>
    send(reply, { status: 500, json: { error: error.stack ?? error.message } }),
  );
  return app;
}

/** Whether a path can be decoded. If not, it is used unchanged, and matches no endpoint. */
function isDecodable(url: string): boolean {
  try {
    decodeURIComponent(url.split('?', 1)[0]!);
    return true;
  } catch {
    return false;
  }
}

/**
 * Sends a text as bytes, because Fastify would add a charset to the JSON content type. The APIs do not do that.
 */
export function send(reply: FastifyReply, answer: Reply): FastifyReply {
  const { text, headers } = written(answer);
  reply.code(answer.status).headers(headers);
  if (text === undefined) return reply.send();
  return reply.send(typeof text === 'string' ? Buffer.from(text) : Readable.from(text));
}

/** Resets the connection instead of answering. */
export function reset(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.hijack();
  request.socket.resetAndDestroy();
  return reply;
}

/**
 * Reads the rest of the body and discards it, so that the client has sent everything before the answer.
 * Rejects when the client disconnects first.
 */
export async function drain({ raw }: FastifyRequest): Promise<void> {
  if (raw.readableEnded) return;
  raw.resume();
  await finished(raw, { writable: false });
}

/** Whether Fastify stopped reading the body because it is too large. */
export const isTooLarge = (error: Error): boolean => 'code' in error && error.code === 'FST_ERR_CTP_BODY_TOO_LARGE';

/** Removes a content type that the API ignores, because Fastify refuses types that it cannot parse. */
export function forgetContentType({ headers }: FastifyRequest): void {
  delete headers['content-type'];
}

/** The request for a core that reads the body itself. */
export function incomingOf({ method, originalUrl, headers: sent, raw }: FastifyRequest): Incoming {
  const hasBody = Number(sent['content-length'] ?? 0) > 0 || sent['transfer-encoding'] !== undefined;
  // Node.js joins the values of all headers but `Set-Cookie`, which no request has.
  const headers = sent as Readonly<Record<string, string | undefined>>;
  return { method, target: originalUrl, headers, body: hasBody ? raw.iterator({ destroyOnReturn: false }) : null };
}
