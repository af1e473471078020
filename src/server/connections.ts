/**
 * The server below its routes: requests that are not HTTP, headers and bodies that do not arrive, listening and
 * stopping. A bad request gets a problem document like any other error, and does not hold its connection for long.
 */
import { randomBytes } from 'node:crypto';
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { LineupError } from '../domain/errors/errors.ts';
import { sentence } from '../domain/text/sentence.ts';
import { problemOf } from './errors.ts';

export interface Patience {
  /** Ms for the headers of a request. */
  readonly headersMs: number;
  /** Ms for the body of a request. An uploaded file has no such limit (`allowLongBody`). */
  readonly bodyMs: number;
}

export const usualPatience: Patience = { headersMs: 30_000, bodyMs: 60_000 };

/** For `http.createServer`. */
export const connectionOptions = ({ headersMs }: Patience) => ({
  headersTimeout: headersMs,
  connectionsCheckingInterval: Math.min(5_000, headersMs),
  // `requireHost` checks it, because Node.js does not answer with a problem document.
  requireHostHeader: false,
});

export const newRequestId = (): string => randomBytes(8).toString('hex');

/** Fastify calls it for requests that the HTTP parser of Node.js refuses. No route, hook or error handler sees them. */
export function answerClientError(this: FastifyInstance, error: Error & { code?: string }, socket: Duplex): void {
  // The client has gone, or is reading another answer: it cannot get this one.
  const { _httpMessage: answer } = socket as Duplex & { _httpMessage?: ServerResponse | null };
  if (error.code === 'ECONNRESET' || !socket.writable || answer?.headersSent) {
    socket.destroy();
    return;
  }
  answerRaw(socket, parserRefusal(error.code), this.log);
}

function parserRefusal(code: string | undefined): LineupError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new LineupError(
        'request_headers_too_large',
        sentence`The address and the headers of the request are too large.`,
      );
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return tooSlow();
    default:
      return new LineupError('invalid_argument', sentence`The request cannot be read.`);
  }
}

const tooSlow = (): LineupError =>
  new LineupError('request_too_slow', sentence`The request was not complete in time. Send it again.`, {
    retryable: true,
  });

/** A valid Host header: a name or an address, with a port or without. */
const HOST = /^(?:\[[0-9a-f:.]{2,45}\]|[a-z0-9._~%!$&'()*+,;=-]{1,255})(?::\d{1,5})?$/i;

/**
 * Node.js takes the first of several Host headers, and a proxy before it may take another one.
 * @throws {LineupError} `invalid_argument` for a Host header that names no host, and for several
 */
export function requireHost({ headers: { host }, rawHeaders, httpVersion }: IncomingMessage): void {
  const hosts = rawHeaders.filter((name, place) => place % 2 === 0 && name.toLowerCase() === 'host');
  if (hosts.length <= 1 && (host === undefined ? httpVersion === '1.0' : HOST.test(host))) return;
  throw new LineupError('invalid_argument', sentence`The Host header of the request is missing or invalid.`);
}

const timers = new WeakMap<IncomingMessage, NodeJS.Timeout>();

/** Ends requests whose body does not arrive in time. Call it before the server listens. */
export function limitBodies({ server, log }: FastifyInstance, { bodyMs }: Patience): void {
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers;
    if (length === '0' && encoding === undefined) return;
    const timer = setTimeout(() => {
      if (response.headersSent) request.socket.destroy();
      else answerRaw(request.socket, tooSlow(), log);
    }, bodyMs);
    timers.set(request, timer);
    const stop = () => clearTimeout(timer);
    request.once('end', stop);
    request.once('close', stop);
  });
}

/** Removes the limit of a request whose body is long. Its route must end the request when no more data arrives. */
export const allowLongBody = (request: IncomingMessage): void => clearTimeout(timers.get(request));

/** Writes a problem document as the whole answer, and ends the connection. */
function answerRaw(socket: Duplex, error: LineupError, log: FastifyBaseLogger): void {
  const requestId = newRequestId();
  const problem = problemOf(error, requestId);
  const body = JSON.stringify(problem);
  log.info({ request_id: requestId, code: error.code }, 'The request was refused');
  socket.end(
    [
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}`,
      'content-type: application/problem+json',
      'cache-control: no-store',
      `content-length: ${Buffer.byteLength(body)}`,
      `x-request-id: ${requestId}`,
      'connection: close',
      '',
      body,
    ].join('\r\n'),
    () => socket.destroy(),
  );
}

export interface Listening {
  /** E.g. `http://127.0.0.1:8080`. */
  readonly url: string;
  /**
   * Accepts no more connections, ends streams (their clients reconnect to another process), lets requests finish, and
   * cuts those that have not finished after `drainMs`.
   */
  stop(drainMs?: number): Promise<void>;
}

export async function listen(
  app: FastifyInstance,
  { host = '127.0.0.1', port }: { host?: string; port: number },
): Promise<Listening> {
  const url = await app.listen({ host, port });
  return {
    url,
    stop: async (drainMs = 10_000) => {
      const cut = setTimeout(() => app.server.closeAllConnections(), drainMs);
      try {
        await app.close();
      } finally {
        clearTimeout(cut);
      }
    },
  };
}
