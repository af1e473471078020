/**
 * A file that is uploaded. The body is the file itself: a client needs nothing to send one (`curl --data-binary @…`, a browser's
 * request), and its size is known before its first byte. It is never held in memory.
 */
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { LineupError } from '../contracts/errors.ts';
import { sentence } from '../contracts/sentence.ts';
import type { UploadContent } from '../contracts/use-cases.ts';
import { takeYourTime } from './connections.ts';

/** No form sends this type: a page of another site cannot send it without a preflight request. */
const CONTENT = 'application/octet-stream';
/** A client that has sent nothing for so long has gone away. */
const SILENCE_MS = 120_000;
/** How long a client that was refused may go on sending. */
const LINGER_MS = 5_000;

/** Bodies of `scope` are files, and nothing else. */
export function acceptFiles(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(CONTENT, (_, payload, done) => done(null, payload));
  scope.addContentTypeParser('*', (_, __, done) => done(withoutContent()));
}

/** The file of a request; call `letGo` when nothing reads it any more. @throws {LineupError} when there is none */
export function fileOf({ body, headers, raw }: FastifyRequest): {
  content: UploadContent;
  letGo: () => void;
} {
  if (!(body instanceof Readable)) throw withoutContent();
  takeYourTime(raw);
  const length = headers['content-length'] === undefined ? null : Number(headers['content-length']);
  return { content: { bytes: whileItComes(body), length }, letGo: () => letGo(body) };
}

async function* whileItComes(body: Readable): AsyncGenerator<Uint8Array, void> {
  const silence = setTimeout(
    () => body.destroy(new LineupError('interrupted', sentence`The transfer stopped.`)),
    SILENCE_MS,
  );
  try {
    // Left open when the file is refused on the way: `letGo`.
    for await (const block of body.iterator({ destroyOnReturn: false })) {
      silence.refresh();
      yield block;
    }
  } finally {
    clearTimeout(silence);
  }
}

/**
 * For a file that is refused before its end. A client that still sends sees the answer only when the server reads on, and a
 * connection that nobody reads never ends.
 */
function letGo(body: Readable): void {
  if (body.readableEnded || body.destroyed) return;
  const cut = setTimeout(() => body.destroy(), LINGER_MS);
  body.once('close', () => clearTimeout(cut));
  body.on('error', () => {});
  body.resume();
}

const withoutContent = (): LineupError =>
  new LineupError('invalid_argument', sentence`Send the file as the body, with Content-Type: ${CONTENT}.`);
