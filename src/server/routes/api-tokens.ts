/** API tokens: for programs, with a role and an expiry. */
import { z } from 'zod';
import { apiToken, newApiToken } from '../../contracts/people.ts';
import { type App, byId, type Deps, nothing } from './routes.ts';

const tags = ['API tokens'];

export function apiTokenRoutes(app: App, { service }: Deps): void {
  app.get(
    '/api-tokens',
    {
      config: { access: 'api_tokens.read' },
      schema: {
        operationId: 'listApiTokens',
        tags,
        summary: 'List the API tokens that were not revoked, newest first',
        response: { 200: z.object({ items: z.array(apiToken).readonly() }) },
      },
    },
    async () => ({ items: await service.apiTokens.list() }),
  );

  app.post(
    '/api-tokens',
    {
      config: { access: 'api_tokens.write' },
      schema: {
        operationId: 'createApiToken',
        tags,
        summary: 'Make an API token; it is shown this once',
        body: newApiToken,
        response: { 201: z.object({ token: z.string(), entry: apiToken }) },
      },
    },
    async ({ body, principal }, reply) => {
      const { token, entry } = await service.apiTokens.create(body, principal);
      reply.code(201).header('cache-control', 'no-store');
      return { token: token.reveal(), entry };
    },
  );

  app.delete(
    '/api-tokens/:id',
    {
      config: { access: 'api_tokens.write' },
      schema: {
        operationId: 'revokeApiToken',
        tags,
        summary: 'Revoke an API token',
        params: byId,
        response: { 204: nothing },
      },
    },
    async ({ params, principal }, reply) => {
      await service.apiTokens.revoke(params.id, principal);
      return reply.code(204).send(null);
    },
  );
}
