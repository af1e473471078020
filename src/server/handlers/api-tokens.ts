/** API tokens: for programs, with a role and an expiry. */
import type { apiTokenEndpoints } from '../../endpoints/api-tokens.ts';
import type { Deps } from '../deps.ts';
import type { Handlers } from '../handler.ts';

export const apiTokenHandlers = ({ useCases: { apiTokens } }: Deps): Handlers<typeof apiTokenEndpoints> => ({
  'GET /api-tokens': async () => ({ items: await apiTokens.list() }),
  'POST /api-tokens': async ({ body, principal }) => {
    const { token, entry } = await apiTokens.create(body, principal);
    return { token: token.reveal(), entry };
  },
  'DELETE /api-tokens/:id': ({ params, principal }) => apiTokens.revoke(params.id, principal),
});
