/** The HTTP side of a simulator: the server, how answers go out, and how a connection is torn down on order. */
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';

/** An answer: `json` and `text` are two forms of a body. Without both there is none. */
export interface Reply {
  status: number;
  json?: unknown;
  text?: string | Iterable<string | Uint8Array>;
  headers?: Record<string, string>;
}

/** @param time what the `Date` header says: the remote side's clock, not this machine's */
export function createServer(time: () => number): FastifyInstance {
  const app = Fastify({
    exposeHeadRoutes: false,
    forceCloseConnections: true,
    keepAliveTimeout: 60_000,
    requestTimeout: 300_000,
    rewriteUrl: ({ url = '' }) => (isDecodable(url) ? url : url.replaceAll('%', '%25')),
    // Of a name that comes twice the first counts.
    routerOptions: {
      maxParamLength: 65_536,
      querystringParser: (text) => Object.fromEntries([...new URLSearchParams(text)].reverse()),
    },
  });
  // One of the older clients of Lytics sends a body with GET.
  app.addHttpMethod('GET', { hasBody: true, overrideExisting: true });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.addHook('onSend', async (_request, reply) => {
    reply.header('date', new Date(time()).toUTCString());
  });
  // A fault of the simulator's own must be seen.
  app.setErrorHandler<Error>((error, _request, reply) =>
    send(reply, { status: 500, json: { error: error.stack ?? error.message } }),
  );
  return app;
}

/** A path that cannot be decoded is taken as it stands: it names nothing. */
function isDecodable(url: string): boolean {
  try {
    decodeURIComponent(url.split('?', 1)[0]!);
    return true;
  } catch {
    return false;
  }
}

/** A text goes out as bytes: Fastify adds a charset to the type of a JSON text, which neither API does. */
export function send(reply: FastifyReply, { status, json, text, headers = {} }: Reply): FastifyReply {
  const body = json === undefined ? text : JSON.stringify(json);
  const type = json === undefined ? 'text/plain; charset=utf-8' : 'application/json';
  reply.code(status);
  if (body === undefined) return reply.headers(headers).send();
  reply.headers({ 'content-type': type, ...headers });
  return reply.send(typeof body === 'string' ? Buffer.from(body) : Readable.from(body));
}

/** Half of the JSON, as if it were all. */
export function garbled({ status, json = {} }: Reply): Reply {
  const whole = JSON.stringify(json);
  return {
    status,
    text: whole.slice(0, whole.length / 2),
    headers: { 'content-type': 'application/json' },
  };
}

/** Resets the connection instead of an answer. */
export function reset(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.hijack();
  request.socket.resetAndDestroy();
  return reply;
}

/**
 * Reads what is left of the body and forgets it, so that the answer finds a client that has sent everything.
 * Rejects when the client goes away first.
 */
export async function drain({ raw }: FastifyRequest): Promise<void> {
  if (raw.readableEnded) return;
  raw.resume();
  await finished(raw, { writable: false });
}

/** Whether Fastify has stopped to read the body because of its size. */
export const isTooLarge = (error: Error): boolean =>
  'code' in error && error.code === 'FST_ERR_CTP_BODY_TOO_LARGE';

export const tooLarge = 'the body is larger than 1 MiB';

/** Takes away a type that the API does not look at: Fastify refuses those that it cannot read. */
export function forgetContentType({ headers }: FastifyRequest): void {
  delete headers['content-type'];
}
