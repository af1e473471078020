/** Signed webhooks, which let a job run when its data is ready. */
import type { webhookEndpoints } from '../../endpoints/webhooks.ts';
import type { Deps, Handlers } from '../handler.ts';

export const webhookHandlers = ({ useCases: { webhooks } }: Deps): Handlers<typeof webhookEndpoints> => ({
  'POST /jobs/:id/webhook': ({ params, headers, request: { body, id } }) =>
    webhooks.take(params.id, headers, Buffer.isBuffer(body) ? body : Buffer.alloc(0), id),
  'POST /jobs/:id/webhook-secret': ({ params, body, principal }) => webhooks.makeSecret(params.id, body, principal),
});
