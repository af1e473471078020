/** The HTTP side of the API and the consent: carries the bytes of requests to the core, and its answers back. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { adminPath } from '../shared/admin.ts';
import { incomingOf, reset, send } from '../shared/http.ts';
import { answer } from './answer.ts';
import { apiPath, oauthPath } from './routes/table.ts';
import type { RequestRecord } from './state.ts';
import type { World } from './world.ts';

/** @param onRequest called at the end of every request, with or without an answer */
export function serveApi(app: FastifyInstance, world: World, onRequest: (record: RequestRecord) => void): void {
  app.setNotFoundHandler((_request, reply) =>
    send(reply, {
      status: 404,
      json: {
        error: `The API is below ${apiPath}, the consent below ${oauthPath}, the admin endpoint at ${adminPath}.`,
      },
    }),
  );
  for (const prefix of ['/api', '/oauth']) {
    app.register(
      async (scope) => {
        scope.route({
          method: scope.supportedMethods,
          url: '/*',
          // The core judges the content type and the size of a body, so it answers before Fastify would.
          onRequest: carry,
          handler: () => {},
        });
      },
      { prefix },
    );
  }

  async function carry(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const result = await answer(world, incomingOf(request), onRequest);
    if (result.reset) return reset(request, reply);
    const { status, headers, body } = result;
    return send(reply, { status, text: body, headers });
  }
}
