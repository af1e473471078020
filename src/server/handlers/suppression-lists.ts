/** Who must never be in an audience: suppression lists, and the erasure list. */
import type { erasureEndpoints, suppressionListEndpoints } from '../../endpoints/suppression-lists.ts';
import type { Deps, Handlers } from '../handler.ts';

export const suppressionListHandlers = ({
  useCases: { suppressionLists },
}: Deps): Handlers<typeof suppressionListEndpoints> => ({
  'GET /suppression-lists': async () => ({ items: await suppressionLists.list() }),
  'POST /suppression-lists': ({ body, principal, creation }) => suppressionLists.create(body, principal, creation),
  'GET /suppression-lists/:id': ({ params }) => suppressionLists.get(params.id),
  'PATCH /suppression-lists/:id': ({ params, body: { revision, let_in, ...change }, principal }) =>
    suppressionLists.change(params.id, revision, change, principal, let_in),
  'DELETE /suppression-lists/:id': ({ params, query, principal }) =>
    suppressionLists.delete(params.id, principal, query.let_in),
  'POST /suppression-lists/:id/accept-size': ({ params, body, principal }) =>
    suppressionLists.acceptSize(params.id, body, principal),
});

export const erasureHandlers = ({ useCases: { erasures } }: Deps): Handlers<typeof erasureEndpoints> => ({
  'GET /erasures': async () => ({ items: await erasures.list() }),
  'POST /erasures': ({ body, principal, signal }) => erasures.forget(body, principal, signal),
  'POST /erasures/undo': ({ body, principal }) => erasures.undo(body, principal),
});
