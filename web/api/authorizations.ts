/** Authorizations. */
import { mutationOptions, type QueryClient, queryOptions } from '@tanstack/react-query';
import type { Authorization } from '../../src/contracts/authorizations.ts';
import { type Noun, refresh, refreshing } from './change.ts';
import { type BodyOf, call } from './client.ts';

const noun = 'authorizations' satisfies Noun;

export const authorizationsQuery = queryOptions({
  queryKey: [noun],
  queryFn: async ({ signal }) => (await call('GET /authorizations', { signal })).items,
});

export const authorizationQuery = (id: string) =>
  queryOptions({
    queryKey: [noun, id],
    queryFn: ({ signal }) => call('GET /authorizations/:id', { params: { id }, signal }),
  });

/** The authorization as somebody else has left it. */
export async function takeOver(queries: QueryClient, id: string): Promise<Authorization> {
  const now = await call('GET /authorizations/:id', { params: { id } });
  queries.setQueryData(authorizationQuery(id).queryKey, now);
  return now;
}

export const authorizationJobsQuery = (id: string) =>
  queryOptions({
    queryKey: [noun, id, 'jobs'],
    queryFn: async ({ signal }) => (await call('GET /authorizations/:id/jobs', { params: { id }, signal })).items,
  });

interface NewAuthorization {
  readonly body: BodyOf<'POST /authorizations'>;
  readonly idempotencyKey: string;
}

export const createAuthorization = mutationOptions({
  mutationFn: (input: NewAuthorization) => call('POST /authorizations', input),
  // Who is on the other side may be another one now.
  onSuccess: refreshing(noun, 'sources', 'me'),
});

export const changeAuthorization = (id: string) =>
  mutationOptions({
    mutationFn: (body: BodyOf<'PATCH /authorizations/:id'>) =>
      call('PATCH /authorizations/:id', { params: { id }, body }),
    onSuccess: refreshing(noun),
  });

export const verifyAuthorization = (id: string) =>
  mutationOptions({
    mutationFn: (body: BodyOf<'POST /authorizations/:id/verify'>) =>
      call('POST /authorizations/:id/verify', { params: { id }, body }),
    onSuccess: refreshing(noun),
  });

export const beginConsent = (id: string) =>
  mutationOptions({
    mutationFn: (body: BodyOf<'POST /authorizations/:id/consent'>) =>
      call('POST /authorizations/:id/consent', { params: { id }, body }),
  });

export const enterConsentCode = (id: string) =>
  mutationOptions({
    mutationFn: (body: BodyOf<'POST /authorizations/:id/consent/code'>) =>
      call('POST /authorizations/:id/consent/code', { params: { id }, body }),
    onSuccess: refreshing(noun, 'jobs'),
  });

export const endConsent = mutationOptions({
  mutationFn: (id: string) => call('DELETE /authorizations/:id/consent', { params: { id } }),
  onSuccess: refreshing(noun, 'jobs'),
});

/** Asked anew each time: other accounts may have been opened at the destination. */
export const baseAccountsQuery = (id: string) =>
  queryOptions({
    queryKey: [noun, id, 'base-accounts'],
    queryFn: async ({ signal }) =>
      (await call('GET /authorizations/:id/base-accounts', { params: { id }, signal })).items,
    gcTime: 0,
  });

export const chooseBaseAccount = (id: string) =>
  mutationOptions({
    mutationFn: (body: BodyOf<'PUT /authorizations/:id/base-account'>) =>
      call('PUT /authorizations/:id/base-account', { params: { id }, body }),
    onSuccess: refreshing(noun, 'jobs'),
  });

export const deleteAuthorization = mutationOptions({
  mutationFn: (id: string) => call('DELETE /authorizations/:id', { params: { id } }),
  onSuccess: (_, id, __, { client }) => {
    client.removeQueries(authorizationQuery(id));
    return refresh(client, noun, 'me');
  },
});
