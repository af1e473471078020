/** The registry of providers, methods and job types. */
import { queryOptions } from '@tanstack/react-query';
import { type AnswerOf, call } from './client.ts';

export type ProviderView = AnswerOf<'GET /providers'>['items'][number];

export const providersQuery = queryOptions({
  queryKey: ['providers'],
  queryFn: async ({ signal }) => (await call('GET /providers', { signal })).items,
  staleTime: Number.POSITIVE_INFINITY,
});
