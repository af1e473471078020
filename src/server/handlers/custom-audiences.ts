/** The custom audiences at LINE. */
import type { customAudienceEndpoints } from '../../endpoints/custom-audiences.ts';
import type { Deps, Handlers } from '../handler.ts';

export const customAudienceHandlers = ({
  useCases: { customAudiences },
}: Deps): Handlers<typeof customAudienceEndpoints> => ({
  'GET /ad-accounts': ({ query, signal }) => customAudiences.accounts(query.authorization_id, signal),
  'GET /custom-audiences': ({ query, signal }) => customAudiences.list(query, signal),
  'GET /custom-audiences/:id': ({ query, params, signal }) => customAudiences.get(query, params.id, signal),
  'GET /custom-audiences/:id/size': ({ query, params, signal }) => customAudiences.size(query, params.id, signal),
  'GET /shared-audiences': ({ query, signal }) => customAudiences.shared(query, signal),
  'PATCH /custom-audiences/:id': ({ params, body: { name, ...account }, principal }) =>
    customAudiences.rename(account, params.id, name, principal),
  'DELETE /custom-audiences/:id': ({ query, params, principal }) => customAudiences.delete(query, params.id, principal),
  'POST /custom-audiences/overlap': ({ body, signal }) => customAudiences.overlap(body, signal),
  'POST /custom-audiences/twins': ({ body, signal }) => customAudiences.twins(body, signal),
  'POST /custom-audiences/lookalikes': ({ body, principal }) => customAudiences.lookalike(body, principal),
});
