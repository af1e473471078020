/** The HTTP side of the API. */
import type { FastifyInstance } from 'fastify';
import { adminPath } from '../shared/admin.ts';
import { serveCore } from '../shared/carry.ts';
import { answer, basePath } from './answer.ts';
import type { RequestRecord } from './state.ts';
import type { World } from './world.ts';

/** @param onRequest called at the end of every API request, with or without an answer */
export function serveApi(app: FastifyInstance, world: World, onRequest: (record: RequestRecord) => void): void {
  serveCore(app, {
    prefixes: [basePath],
    hint: `The API is below ${basePath}/v3, the admin endpoint at ${adminPath}.`,
    answer: (incoming) => answer(world, incoming, onRequest),
  });
}
