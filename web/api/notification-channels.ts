/** Notification channels. */
import { mutationOptions, queryOptions } from '@tanstack/react-query';
import { refreshing } from './change.ts';
import { type BodyOf, call } from './client.ts';

export const channelsQuery = queryOptions({
  queryKey: ['notification-channels'],
  queryFn: async ({ signal }) => (await call('GET /notification-channels', { signal })).items,
});

export const createChannel = mutationOptions({
  mutationFn: (body: BodyOf<'POST /notification-channels'>) => call('POST /notification-channels', { body }),
  onSuccess: refreshing('notification-channels'),
});

export const changeChannel = mutationOptions({
  mutationFn: ({ id, ...body }: BodyOf<'PATCH /notification-channels/:id'> & { readonly id: string }) =>
    call('PATCH /notification-channels/:id', { params: { id }, body }),
  onSuccess: refreshing('notification-channels'),
});

export const testChannel = mutationOptions({
  mutationFn: (id: string) => call('POST /notification-channels/:id/test', { params: { id } }),
  onSuccess: refreshing('notification-channels'),
});

export const deleteChannel = mutationOptions({
  mutationFn: (id: string) => call('DELETE /notification-channels/:id', { params: { id } }),
  onSuccess: refreshing('notification-channels'),
});
