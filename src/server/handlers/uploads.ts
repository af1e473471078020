/** Files to export, uploaded. */
import type { uploadEndpoints } from '../../endpoints/uploads.ts';
import type { Deps } from '../deps.ts';
import type { Handlers } from '../handler.ts';

export const uploadHandlers = ({ useCases: { uploads } }: Deps): Handlers<typeof uploadEndpoints> => ({
  'GET /uploads': async () => ({ items: await uploads.list(), max_bytes: uploads.maxBytes }),
  'GET /uploads/:id': ({ params }) => uploads.get(params.id),
  'POST /uploads': ({ query, content, principal, signal }) =>
    uploads.create(query, content, principal, signal),
  'PATCH /uploads/:id': ({ params, body, principal }) => uploads.change(params.id, body.policy, principal),
  'DELETE /uploads/:id': ({ params, principal }) => uploads.delete(params.id, principal),
});
