/** The people who may sign in. */
import { mutationOptions, queryOptions } from '@tanstack/react-query';
import { refreshing } from './change.ts';
import { type BodyOf, call } from './client.ts';

export const usersQuery = queryOptions({
  queryKey: ['users'],
  queryFn: async ({ signal }) => (await call('GET /users', { signal })).items,
});

export const inviteUser = mutationOptions({
  mutationFn: (body: BodyOf<'POST /users'>) => call('POST /users', { body }),
  onSuccess: refreshing('users'),
});

export const changeUser = mutationOptions({
  mutationFn: ({ id, ...body }: BodyOf<'PATCH /users/:id'> & { readonly id: string }) =>
    call('PATCH /users/:id', { params: { id }, body }),
  onSuccess: refreshing('users'),
});

export const removeUser = mutationOptions({
  mutationFn: (id: string) => call('DELETE /users/:id', { params: { id } }),
  onSuccess: refreshing('users'),
});

export const createInvitation = mutationOptions({
  mutationFn: (id: string) => call('POST /users/:id/invitation', { params: { id } }),
});
