/** The person who is signed in. */
import { mutationOptions, queryOptions } from '@tanstack/react-query';
import { type AnswerOf, ApiError, type BodyOf, call } from './client.ts';

export type Me = AnswerOf<'GET /me'>;

/** Null when nobody is signed in. */
export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: async ({ signal }): Promise<Me | null> => {
    try {
      return await call('GET /me', { signal });
    } catch (error) {
      if (error instanceof ApiError && error.code === 'not_signed_in') return null;
      throw error;
    }
  },
  staleTime: 60_000,
});

export const changePassword = mutationOptions({
  mutationFn: (body: BodyOf<'POST /me/password'>) => call('POST /me/password', { body }),
});

export const signOut = mutationOptions({
  mutationFn: () => call('DELETE /session'),
  onSuccess: (_, __, ___, { client }) => {
    const [me] = meQuery.queryKey;
    client.setQueryData(meQuery.queryKey, null);
    // The next person at this browser must not see data of the previous one.
    client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== me });
  },
});
