/** Stored credentials. Their configuration goes in and never comes out. */
import type { authorizationEndpoints } from '../../endpoints/authorizations.ts';
import type { Deps } from '../deps.ts';
import type { Handlers } from '../handler.ts';

export const authorizationHandlers = ({
  useCases: { authorizations },
}: Deps): Handlers<typeof authorizationEndpoints> => ({
  'GET /authorizations': async () => ({ items: await authorizations.list() }),
  'POST /authorizations': ({ body, principal, creation }) => authorizations.create(body, principal, creation),
  'GET /authorizations/:id': ({ params }) => authorizations.get(params.id),
  'PATCH /authorizations/:id': ({ params, body: { revision, ...change }, principal }) =>
    authorizations.change(params.id, revision, change, principal),
  'DELETE /authorizations/:id': ({ params, principal }) => authorizations.delete(params.id, principal),
  'POST /authorizations/:id/verify': ({ params, body, principal, signal }) =>
    authorizations.verify(params.id, { adAccountId: body.adaccount_id }, principal, signal),
  'GET /authorizations/:id/jobs': async ({ params }) => ({ items: await authorizations.usedBy(params.id) }),
});
