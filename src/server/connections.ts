/**
 * What happens below the routes: requests that are no HTTP, headers and bodies that do not come. Each gets a problem document as
 * any other error, and none holds a connection for long.
 */
import { randomBytes } from 'node:crypto';
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { LineupError } from '../contracts/errors.ts';
import { sentence } from '../contracts/sentence.ts';
import { problemOf } from './errors.ts';

export interface Patience {
  /** Ms for the headers of a request. */
  readonly headersMs: number;
  /** Ms for the body of a request, which is small; a file that is uploaded is let off (`takeYourTime`). */
  readonly bodyMs: number;
}

export const usualPatience: Patience = { headersMs: 30_000, bodyMs: 60_000 };

/** For `http.createServer`. */
export const connectionOptions = ({ headersMs }: Patience) => ({
  headersTimeout: headersMs,
  connectionsCheckingInterval: Math.min(5_000, headersMs),
  // Looked at in `requireHost`: Node's own refusal is no problem document.
  requireHostHeader: false,
});

export const newRequestId = (): string => randomBytes(8).toString('hex');

/** Fastify's handler of what Node's HTTP parser refuses: no route, hook or error handler ever sees it. */
export function answerClientError(
  this: FastifyInstance,
  error: Error & { code?: string },
  socket: Duplex,
): void {
  // The client has gone, or is in the middle of an answer: there is nothing to tell.
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
  new LineupError('request_too_slow', sentence`The request did not come whole in time. Send it again.`, {
    retryable: true,
  });

/** A name or address, perhaps with a port: what may stand in a Host header. */
const HOST = /^(?:\[[0-9a-f:.]{2,45}\]|[a-z0-9._~%!$&'()*+,;=-]{1,255})(?::\d{1,5})?$/i;

/** @throws {LineupError} `invalid_argument` for a Host header that names no host */
export function requireHost({ headers: { host }, httpVersion }: IncomingMessage): void {
  if (host === undefined ? httpVersion === '1.0' : HOST.test(host)) return;
  throw new LineupError(
    'invalid_argument',
    sentence`The Host header of the request is missing, or names no host.`,
  );
}

const timers = new WeakMap<IncomingMessage, NodeJS.Timeout>();

/** Ends requests whose body does not come: to be called before the server listens. */
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

/** For a request whose body is long: its route ends it when nothing comes any more. */
export const takeYourTime = (request: IncomingMessage): void => clearTimeout(timers.get(request));

/** Writes a problem document as the whole of an answer, and ends the connection. */
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
