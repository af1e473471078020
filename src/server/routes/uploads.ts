/**
 * Files to export, uploaded. The body is the file itself, for a client needs nothing to send one (`curl --data-binary @…`, a
 * browser's `fetch`), and its size is known before its first byte; it is never held in memory.
 */
import { Readable } from 'node:stream';
import { z } from 'zod';
import { LineupError } from '../../contracts/errors.ts';
import { sentence } from '../../contracts/sentence.ts';
import { newUpload, upload, uploadPolicy } from '../../contracts/uploads.ts';
import { takeYourTime } from '../connections.ts';
import { type App, byId, type Deps, nothing, whileConnected } from './routes.ts';

const tags = ['Uploads'];
const read = { access: 'uploads.read' } as const;
const write = { access: 'uploads.write' } as const;

/** Not a form's: another site's page cannot send it without asking first. */
const CONTENT = 'application/octet-stream';
/** A client that has sent nothing for so long has gone away. */
const SILENCE_MS = 120_000;
/** How long a client that was refused may go on sending. */
const LINGER_MS = 5_000;

export function uploadRoutes(app: App, deps: Deps): void {
  const { uploads } = deps.service;

  app.get(
    '/uploads',
    {
      config: read,
      schema: {
        operationId: 'listUploads',
        tags,
        summary: 'List the uploaded files that are there',
        response: { 200: z.object({ items: z.array(upload).readonly(), max_bytes: z.number().int() }) },
      },
    },
    async () => ({ items: await uploads.list(), max_bytes: uploads.maxBytes }),
  );

  app.get(
    '/uploads/:id',
    {
      config: read,
      schema: {
        operationId: 'getUpload',
        tags,
        summary: 'Show an uploaded file',
        params: byId,
        response: { 200: upload },
      },
    },
    ({ params }) => uploads.get(params.id),
  );

  app.register(async (scope) => {
    // Here alone: everywhere else a body is JSON, and small.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(CONTENT, (_, payload, done) => done(null, payload));
    scope.addContentTypeParser('*', (_, __, done) => done(withoutContent()));
    const typed: App = scope.withTypeProvider();
    typed.post(
      '/uploads',
      {
        config: write,
        schema: {
          operationId: 'createUpload',
          tags,
          summary: 'Upload a file: the body is its content',
          consumes: [CONTENT],
          querystring: newUpload,
          body: z.any().meta({ type: 'string', format: 'binary' }),
          response: { 201: upload },
        },
      },
      async (request, reply) => {
        const { query, body, headers, principal } = request;
        if (!(body instanceof Readable)) throw withoutContent();
        takeYourTime(request.raw);
        const length = headers['content-length'] === undefined ? null : Number(headers['content-length']);
        const content = { bytes: whileItComes(body), length };
        const made = await uploads
          .create(query, content, principal, whileConnected(reply, deps))
          .finally(() => letGo(body));
        return reply.code(201).send(made);
      },
    );
  });

  app.patch(
    '/uploads/:id',
    {
      config: write,
      schema: {
        operationId: 'changeUpload',
        tags,
        summary: 'Choose what becomes of an uploaded file',
        params: byId,
        body: z.strictObject({ policy: uploadPolicy }),
        response: { 200: upload },
      },
    },
    ({ params, body, principal }) => uploads.change(params.id, body.policy, principal),
  );

  app.delete(
    '/uploads/:id',
    {
      config: write,
      schema: {
        operationId: 'deleteUpload',
        tags,
        summary: 'Delete an uploaded file that no job uses',
        params: byId,
        response: { 204: nothing },
      },
    },
    async ({ params, principal }, reply) => {
      await uploads.delete(params.id, principal);
      return reply.code(204).send(null);
    },
  );
}

async function* whileItComes(body: Readable): AsyncGenerator<Uint8Array, void> {
  const silence = setTimeout(
    () => body.destroy(new LineupError('interrupted', sentence`The transfer stopped.`)),
    SILENCE_MS,
  );
  try {
    // Left open when it is refused on the way: `letGo`.
    for await (const block of body.iterator({ destroyOnReturn: false })) {
      silence.refresh();
      yield block;
    }
  } finally {
    clearTimeout(silence);
  }
}

/**
 * Of a file that is refused before its end: a client that still sends hears of it only when it is read from, and a connection
 * that is not read from never ends.
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
