/** The HTTP side of the API and the consent. */
import type { FastifyInstance } from 'fastify';
import { adminPath } from '../shared/admin.ts';
import { serveCore } from '../shared/carry.ts';
import { answer } from './answer.ts';
import { apiPath, oauthPath } from './routes/table.ts';
import type { RequestRecord } from './state.ts';
import type { World } from './world.ts';

/** @param onRequest called at the end of every request, with or without an answer */
export function serveApi(app: FastifyInstance, world: World, onRequest: (record: RequestRecord) => void): void {
  serveCore(app, {
    prefixes: ['/api', '/oauth'],
    hint: `The API is below ${apiPath}, the consent below ${oauthPath}, the admin endpoint at ${adminPath}.`,
    answer: (incoming) => answer(world, incoming, onRequest),
  });
}
