/** Serves the built web app: its files, and its page for every other path that a browser opens. */
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { answerUnknownPath } from './errors.ts';
import { readHints } from './hints.ts';

const YEAR_MS = 365 * 24 * 60 * 60 * 1_000;

/** @param directory null when there is only the API */
export async function serveWeb(app: FastifyInstance, directory: string | null): Promise<void> {
  if (directory === null) {
    app.setNotFoundHandler(answerUnknownPath);
    return;
  }
  await app.register(fastifyStatic, {
    root: directory,
    wildcard: false,
    // The compressed files have no URLs of their own, and the page is sent below.
    globIgnore: ['**/*.{br,gz}', 'index.html'],
    // The build has made `app.js.br` and `app.js.gz` beside `app.js`, so that no request needs compression.
    preCompressed: true,
    // File names contain a hash of their content, so that files never change. The page itself does.
    maxAge: YEAR_MS,
    immutable: true,
    setHeaders: (reply, path) => {
      if (!path.startsWith(join(directory, 'assets'))) reply.header('cache-control', 'no-cache');
    },
  });
  const hints = readHints(directory);
  const sendPage = ({ headers }: FastifyRequest, reply: FastifyReply): FastifyReply =>
    reply
      .header('cache-control', 'no-cache')
      .header('link', hints(headers))
      .sendFile('index.html', { cacheControl: false });
  app.get('/', sendPage);
  app.setNotFoundHandler((request, reply) =>
    isPage(request) ? sendPage(request, reply) : answerUnknownPath(request, reply),
  );
}

/** A navigation in a browser, not the request of a program or for a missing file. */
const isPage = ({ method, url, headers }: FastifyRequest): boolean =>
  (method === 'GET' || method === 'HEAD') && !url.startsWith('/api/') && Boolean(headers.accept?.includes('text/html'));
