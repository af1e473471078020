/**
 * The body of an upload. It is the file itself, so that any client can send it (`curl --data-binary @…`, a browser),
 * and its size is known before the first byte. The file is never held in memory.
 */
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { UploadContent } from '../contracts/use-cases.ts';
import { LineupError } from '../domain/errors/errors.ts';
import { sentence } from '../domain/text/sentence.ts';
import { allowLongBody } from './connections.ts';

/** HTML forms cannot send this type, so a page of another site needs a preflight request. */
const CONTENT = 'application/octet-stream';
/** After this time without data, the client counts as gone. */
const SILENCE_MS = 120_000;
/** How long a refused client may continue to send. */
const LINGER_MS = 5_000;

/** Accepts only files as bodies of `scope`. */
export function acceptFiles(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(CONTENT, (_, payload, done) => done(null, payload));
  scope.addContentTypeParser('*', (_, __, done) => done(withoutContent()));
}

/** The file of a request. Call `discard` when nothing reads it any more. @throws {LineupError} when there is none */
export function fileOf({ body, headers, raw }: FastifyRequest): {
  content: UploadContent;
  discard: () => void;
} {
  if (!(body instanceof Readable)) throw withoutContent();
  allowLongBody(raw);
  const length = headers['content-length'] === undefined ? null : Number(headers['content-length']);
  return { content: { bytes: readBody(body), length }, discard: () => discard(body) };
}

async function* readBody(body: Readable): AsyncGenerator<Uint8Array, void> {
  const silence = setTimeout(
    () => body.destroy(new LineupError('interrupted', sentence`The transfer stopped before the end.`)),
    SILENCE_MS,
  );
  try {
    // The stream stays open when the file is refused: `discard` ends it.
    for await (const block of body.iterator({ destroyOnReturn: false })) {
      silence.refresh();
      yield block;
    }
  } finally {
    clearTimeout(silence);
  }
}

/**
 * Reads and drops the rest of a refused file. Most clients read the answer only after they have sent everything, and a
 * connection that nobody reads never ends.
 */
function discard(body: Readable): void {
  if (body.readableEnded || body.destroyed) return;
  const cut = setTimeout(() => body.destroy(), LINGER_MS);
  body.once('close', () => clearTimeout(cut));
  body.on('error', () => {});
  body.resume();
}

const withoutContent = (): LineupError =>
  new LineupError('invalid_argument', sentence`Send the file as the request body, with Content-Type: ${CONTENT}.`);
