/** API tokens. */
import { mutationOptions, queryOptions } from '@tanstack/react-query';
import { refreshing } from './change.ts';
import { type BodyOf, call } from './client.ts';

export const apiTokensQuery = queryOptions({
  queryKey: ['api-tokens'],
  queryFn: async ({ signal }) => (await call('GET /api-tokens', { signal })).items,
});

export const makeApiToken = mutationOptions({
  mutationFn: (body: BodyOf<'POST /api-tokens'>) => call('POST /api-tokens', { body }),
  onSuccess: refreshing('api-tokens'),
});

export const revokeApiToken = mutationOptions({
  mutationFn: (id: string) => call('DELETE /api-tokens/:id', { params: { id } }),
  onSuccess: refreshing('api-tokens'),
});
