/** API tokens: for programs, with a role and an expiry. */
import { z } from 'zod';
import { apiToken, newApiToken } from '../contracts/people.ts';
import { byId, created, endpoint, itemsOf, noContent, ok } from './endpoint.ts';

const read = { tag: 'API tokens', access: 'api_tokens.read' } as const;
const write = { tag: 'API tokens', access: 'api_tokens.write' } as const;

export const apiTokenEndpoints = {
  'GET /api-tokens': endpoint({
    ...read,
    operationId: 'listApiTokens',
    summary: 'List the API tokens that were not revoked, newest first',
    response: ok(itemsOf(apiToken)),
  }),
  'POST /api-tokens': endpoint({
    ...write,
    operationId: 'createApiToken',
    summary: 'Make an API token; it is shown this once',
    body: newApiToken,
    response: created(z.object({ token: z.string(), entry: apiToken })),
  }),
  'DELETE /api-tokens/:id': endpoint({
    ...write,
    operationId: 'revokeApiToken',
    summary: 'Revoke an API token',
    params: byId,
    response: noContent,
  }),
};
