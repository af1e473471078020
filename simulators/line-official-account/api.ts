/** The HTTP side of the API and the token endpoint. */
import type { FastifyInstance } from 'fastify';
import { adminPath } from '../shared/admin.ts';
import { serveCore } from '../shared/carry.ts';
import { answer } from './answer.ts';
import { basePath, tokenPath } from './routes/table.ts';
import type { RequestRecord } from './state.ts';
import type { World } from './world.ts';

/** @param onRequest called at the end of every request, with or without an answer */
export function serveApi(app: FastifyInstance, world: World, onRequest: (record: RequestRecord) => void): void {
  serveCore(app, {
    prefixes: ['/v2', '/oauth2'],
    hint: `The API is below ${basePath}, tokens are at ${tokenPath}, the admin endpoint at ${adminPath}.`,
    answer: (incoming) => answer(world, incoming, onRequest),
  });
}
