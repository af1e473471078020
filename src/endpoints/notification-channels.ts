/** Notification channels. The API never returns their configuration. */
import { z } from 'zod';
import { channel, channelChange, channelTest, newChannel } from '../contracts/notifications.ts';
import { byId, created, endpoint, itemsOf, noContent, ok } from './endpoint.ts';

const read = { tag: 'Notifications', access: 'notifications.read' } as const;
const write = { tag: 'Notifications', access: 'notifications.write' } as const;

export const notificationChannelEndpoints = {
  'GET /notification-channels': endpoint({
    ...read,
    operationId: 'listNotificationChannels',
    summary: 'List the notification channels',
    response: ok(itemsOf(channel)),
  }),
  'POST /notification-channels': endpoint({
    ...write,
    operationId: 'createNotificationChannel',
    summary: 'Save a notification channel; a signing key that is made is shown this once',
    body: newChannel,
    response: created(z.object({ channel, signing_key: z.string().nullable() })),
  }),
  'PATCH /notification-channels/:id': endpoint({
    ...write,
    operationId: 'changeNotificationChannel',
    summary: 'Edit a notification channel, or replace where it leads',
    params: byId,
    body: channelChange,
    response: ok(channel),
  }),
  'DELETE /notification-channels/:id': endpoint({
    ...write,
    operationId: 'deleteNotificationChannel',
    summary: 'Delete a notification channel',
    params: byId,
    response: noContent,
  }),
  'POST /notification-channels/:id/test': endpoint({
    ...write,
    operationId: 'testNotificationChannel',
    summary: 'Send a message that says it is a test',
    params: byId,
    response: ok(channelTest),
  }),
};
