/** Sources of members, and uploaded files, which are one of them. */
import type { sourceEndpoints, uploadEndpoints } from '../../endpoints/sources.ts';
import type { Deps, Handlers } from '../handler.ts';
import { Looks } from '../looks.ts';

/** Previews read whole sources, so they leave readers to fields and samples, which take a moment. */
const MAX_PREVIEWS = 4;
const MAX_SHORT_LOOKS = 8;

export function sourceHandlers({ useCases: { sources } }: Deps): Handlers<typeof sourceEndpoints> {
  const previews = new Looks(MAX_PREVIEWS);
  const short = new Looks(MAX_SHORT_LOOKS);
  return {
    'GET /sources': async () => ({ items: await sources.list() }),
    'GET /sources/audiences': ({ query: { authorization_id = null, ...page }, signal }) =>
      sources.audiences(authorization_id, page, signal),
    'GET /sources/fields': ({ query: { authorization_id = null, segment_id, ...options }, principal, signal }) =>
      short.take(principal.person, signal, () =>
        sources.fields(principal.role, authorization_id, segment_id, signal, options),
      ),
    'POST /sources/sample': ({ body, principal, signal }) =>
      short.take(principal.person, signal, () => sources.sample(principal, body, signal)),
    'POST /sources/preview': ({ body, principal, signal }) =>
      previews.take(principal.person, signal, () => sources.preview(principal, body, signal)),
  };
}

export const uploadHandlers = ({ useCases: { uploads } }: Deps): Handlers<typeof uploadEndpoints> => ({
  'GET /uploads': async () => ({ items: await uploads.list(), max_bytes: uploads.maxBytes }),
  'GET /uploads/:id': ({ params }) => uploads.get(params.id),
  'POST /uploads': ({ query, content, principal, signal }) => uploads.create(query, content, principal, signal),
  'PATCH /uploads/:id': ({ params, body, principal }) => uploads.change(params.id, body.policy, principal),
  'DELETE /uploads/:id': ({ params, principal }) => uploads.delete(params.id, principal),
});
