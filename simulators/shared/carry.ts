/** The HTTP side of an API that a core answers: carries the bytes of requests to it, and its answers back. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { incomingOf, reset, send } from './http.ts';
import type { Incoming } from './incoming.ts';
import type { Answer, Reset } from './reply.ts';

export interface Carried {
  /** The paths that the core answers begin with one of these. */
  readonly prefixes: readonly string[];
  /** What to say to a person who asks for another path. */
  readonly hint: string;
  readonly answer: (incoming: Incoming) => Promise<Answer | Reset>;
}

export function serveCore(app: FastifyInstance, { prefixes, hint, answer }: Carried): void {
  app.setNotFoundHandler((_request, reply) => send(reply, { status: 404, json: { error: hint } }));
  for (const prefix of prefixes) {
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
    const result = await answer(incomingOf(request));
    if (result.reset) return reset(request, reply);
    const { status, headers, body } = result;
    return send(reply, { status, text: body, headers });
  }
}
