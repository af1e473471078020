/** The web app's build, where there is one: files as they are, and its page for every address that it may know. */
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { answerUnknownPath } from './errors.ts';

const YEAR_MS = 365 * 24 * 60 * 60 * 1_000;

/** @param directory null: there is no web app, only the API */
export async function serveWeb(app: FastifyInstance, directory: string | null): Promise<void> {
  if (directory === null) {
    app.setNotFoundHandler(answerUnknownPath);
    return;
  }
  await app.register(fastifyStatic, {
    root: directory,
    wildcard: false,
    // They have no address of their own.
    globIgnore: ['**/*.{br,gz}'],
    // `app.js.br` and `app.js.gz` beside `app.js`, where the build made them: nothing is compressed per request.
    preCompressed: true,
    // The page names its files by their content, so those never change; the page itself does.
    maxAge: YEAR_MS,
    immutable: true,
    setHeaders: (reply, path) => {
      if (!path.startsWith(join(directory, 'assets'))) reply.header('cache-control', 'no-cache');
    },
  });
  app.setNotFoundHandler((request, reply) =>
    isPage(request) ? sendPage(reply) : answerUnknownPath(request, reply),
  );
}

const sendPage = (reply: FastifyReply): FastifyReply =>
  reply.header('cache-control', 'no-cache').sendFile('index.html', { cacheControl: false });

/** A person's navigation, not a program's request or a missing file. */
const isPage = ({ method, url, headers }: FastifyRequest): boolean =>
  (method === 'GET' || method === 'HEAD') &&
  !url.startsWith('/api/') &&
  Boolean(headers.accept?.includes('text/html'));
