/** Notification channels. Their configuration goes in and never comes out. */
import { z } from 'zod';
import { channel, channelChange, channelTest, newChannel } from '../../contracts/notifications.ts';
import { type App, byId, type Deps, nothing, whileConnected } from './routes.ts';

const tags = ['Notifications'];
const read = { access: 'notifications.read' } as const;
const write = { access: 'notifications.write' } as const;

export function notificationRoutes(app: App, deps: Deps): void {
  const { notifications } = deps.service;

  app.get(
    '/notification-channels',
    {
      config: read,
      schema: {
        operationId: 'listNotificationChannels',
        tags,
        summary: 'List the notification channels',
        response: { 200: z.object({ items: z.array(channel).readonly() }) },
      },
    },
    async () => ({ items: await notifications.list() }),
  );

  app.post(
    '/notification-channels',
    {
      config: write,
      schema: {
        operationId: 'createNotificationChannel',
        tags,
        summary: 'Save a notification channel; a signing key that is made is shown this once',
        body: newChannel,
        response: { 201: z.object({ channel, signing_key: z.string().nullable() }) },
      },
    },
    async ({ body, principal }, reply) => {
      const made = await notifications.create(body, principal);
      reply.code(201);
      return { channel: made.channel, signing_key: made.signingKey?.reveal() ?? null };
    },
  );

  app.patch(
    '/notification-channels/:id',
    {
      config: write,
      schema: {
        operationId: 'changeNotificationChannel',
        tags,
        summary: 'Edit a notification channel, or replace where it leads',
        params: byId,
        body: channelChange,
        response: { 200: channel },
      },
    },
    ({ params, body, principal }) => notifications.change(params.id, body, principal),
  );

  app.delete(
    '/notification-channels/:id',
    {
      config: write,
      schema: {
        operationId: 'deleteNotificationChannel',
        tags,
        summary: 'Delete a notification channel',
        params: byId,
        response: { 204: nothing },
      },
    },
    async ({ params, principal }, reply) => {
      await notifications.delete(params.id, principal);
      return reply.code(204).send(null);
    },
  );

  app.post(
    '/notification-channels/:id/test',
    {
      config: write,
      schema: {
        operationId: 'testNotificationChannel',
        tags,
        summary: 'Send a message that says it is a test',
        params: byId,
        response: { 200: channelTest },
      },
    },
    ({ params }, reply) => notifications.test(params.id, whileConnected(reply, deps)),
  );
}
