/** LINE's custom audiences and their ad accounts. */
import { keepPreviousData, mutationOptions, queryOptions } from '@tanstack/react-query';
import type { AdAccountRef } from '../../src/contracts/custom-audiences.ts';
import { type Noun, refreshing } from './change.ts';
import { type BodyOf, call, orNull, type QueryOf } from './client.ts';

type Filter = Omit<QueryOf<'GET /custom-audiences'>, 'limit'>;
type OverlapRequest = BodyOf<'POST /custom-audiences/overlap'>;

const noun = 'custom-audiences' satisfies Noun;

const isComplete = ({ authorization_id, adaccount_id }: AdAccountRef): boolean =>
  authorization_id !== '' && /^[A-Za-z0-9]+$/.test(adaccount_id);

export const customAudiencesQuery = (filter: Filter, enabled = true) =>
  queryOptions({
    queryKey: [noun, filter],
    queryFn: ({ signal }) => call('GET /custom-audiences', { query: { ...filter, limit: 100 }, signal }),
    enabled: enabled && isComplete(filter),
    placeholderData: keepPreviousData,
    staleTime: 15_000,
  });

/** The audiences that others share with the account of an authorization. */
export const sharedAudiencesQuery = (filter: QueryOf<'GET /shared-audiences'>) =>
  queryOptions({
    queryKey: [noun, 'shared', filter],
    queryFn: ({ signal }) => call('GET /shared-audiences', { query: filter, signal }),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });

/** How many members an audience holds. For an audience that does not exist yet, nothing is requested. */
export const customAudienceSizeQuery = (account: AdAccountRef, id: string) =>
  queryOptions({
    queryKey: [noun, 'size', account, id],
    queryFn: ({ signal }) => call('GET /custom-audiences/:id/size', { params: { id }, query: account, signal }),
    enabled: id !== '' && isComplete(account),
    staleTime: 15_000,
  });

/** One of LINE's audiences; null when the ad account has no audience with that id. */
export const customAudienceQuery = (account: AdAccountRef, id: string | null) =>
  queryOptions({
    queryKey: [noun, account, id],
    queryFn: ({ signal }) =>
      orNull(call('GET /custom-audiences/:id', { params: { id: id ?? '' }, query: account, signal })),
    enabled: id !== null,
    staleTime: 15_000,
  });

export const overlapQuery = (request: OverlapRequest) =>
  queryOptions({
    queryKey: ['overlap', request],
    queryFn: ({ signal }) => call('POST /custom-audiences/overlap', { body: request, signal }),
  });

/** The same audiences where another system has taken them over. */
export const twinsQuery = (account: AdAccountRef, audience_ids: readonly string[], enabled: boolean) =>
  queryOptions({
    queryKey: [noun, 'twins', account, audience_ids],
    queryFn: ({ signal }) =>
      call('POST /custom-audiences/twins', { body: { ...account, audience_ids: [...audience_ids] }, signal }),
    enabled: enabled && audience_ids.length > 0,
    staleTime: 300_000,
  });

export const adAccountsQuery = (authorization_id: string) =>
  queryOptions({
    queryKey: ['ad-accounts', authorization_id],
    queryFn: ({ signal }) => call('GET /ad-accounts', { query: { authorization_id }, signal }),
    enabled: authorization_id !== '',
    staleTime: 60_000,
  });

export const renameCustomAudience = (id: string) =>
  mutationOptions({
    mutationFn: (body: BodyOf<'PATCH /custom-audiences/:id'>) =>
      call('PATCH /custom-audiences/:id', { params: { id }, body }),
    onSuccess: refreshing(noun),
  });

export const createLookalike = mutationOptions({
  mutationFn: (body: BodyOf<'POST /custom-audiences/lookalikes'>) =>
    call('POST /custom-audiences/lookalikes', { body }),
  onSuccess: refreshing(noun),
});

export const deleteCustomAudience = (id: string) =>
  mutationOptions({
    mutationFn: (query: QueryOf<'DELETE /custom-audiences/:id'>) =>
      call('DELETE /custom-audiences/:id', { params: { id }, query }),
    onSuccess: refreshing(noun),
  });
