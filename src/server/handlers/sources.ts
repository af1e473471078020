/** Where members come from. */
import type { sourceEndpoints } from '../../endpoints/sources.ts';
import type { Deps } from '../deps.ts';
import type { Handlers } from '../handler.ts';

export const sourceHandlers = ({ useCases: { sources } }: Deps): Handlers<typeof sourceEndpoints> => ({
  'GET /sources': async () => ({ items: await sources.list() }),
  'GET /sources/audiences': ({ query: { authorization_id = null, ...page }, signal }) =>
    sources.audiences(authorization_id, page, signal),
  'GET /sources/fields': ({
    query: { authorization_id = null, segment_id, ...options },
    principal,
    signal,
  }) => sources.fields(principal.role, authorization_id, segment_id, signal, options),
  'POST /sources/sample': ({ body, principal, signal }) => sources.sample(principal.role, body, signal),
  'POST /sources/preview': ({ body, principal, signal }) => sources.preview(principal.role, body, signal),
});
