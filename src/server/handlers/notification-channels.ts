/** Notification channels. Their configuration goes in and never comes out. */
import type { notificationChannelEndpoints } from '../../endpoints/notification-channels.ts';
import type { Deps } from '../deps.ts';
import type { Handlers } from '../handler.ts';

export const notificationChannelHandlers = ({
  useCases: { notifications },
}: Deps): Handlers<typeof notificationChannelEndpoints> => ({
  'GET /notification-channels': async () => ({ items: await notifications.list() }),
  'POST /notification-channels': async ({ body, principal }) => {
    const { channel, signingKey } = await notifications.create(body, principal);
    return { channel, signing_key: signingKey?.reveal() ?? null };
  },
  'PATCH /notification-channels/:id': ({ params, body, principal }) =>
    notifications.change(params.id, body, principal),
  'DELETE /notification-channels/:id': ({ params, principal }) => notifications.delete(params.id, principal),
  'POST /notification-channels/:id/test': ({ params, signal }) => notifications.test(params.id, signal),
});
