/** Suppression lists: who must never be in an audience. */
import { mutationOptions, type QueryClient, queryOptions } from '@tanstack/react-query';
import type { SuppressionListView } from '../../src/domain/audiences/suppression-lists.ts';
import { type Noun, refresh, refreshing } from './change.ts';
import { type BodyOf, call } from './client.ts';

const noun = 'suppression-lists' satisfies Noun;

export const suppressionListsQuery = queryOptions({
  queryKey: [noun],
  queryFn: async ({ signal }) => (await call('GET /suppression-lists', { signal })).items,
});

/** With the jobs that use it. */
export const suppressionListQuery = (id: string) =>
  queryOptions({
    queryKey: [noun, id],
    queryFn: ({ signal }) => call('GET /suppression-lists/:id', { params: { id }, signal }),
  });

interface NewSuppressionList {
  readonly body: BodyOf<'POST /suppression-lists'>;
  readonly idempotencyKey: string;
}

export const createSuppressionList = mutationOptions({
  mutationFn: (input: NewSuppressionList) => call('POST /suppression-lists', input),
  onSuccess: refreshing(noun, 'uploads'),
});

export const changeSuppressionList = (id: string) =>
  mutationOptions({
    mutationFn: (body: BodyOf<'PATCH /suppression-lists/:id'>) =>
      call('PATCH /suppression-lists/:id', { params: { id }, body }),
    onSuccess: refreshing(noun, 'uploads'),
  });

/**
 * Takes over what runs have done since the list was loaded, unless somebody else has edited it: then saving is refused.
 */
export async function takeOverUnlessEdited(queries: QueryClient, { id, revision }: SuppressionListView): Promise<void> {
  const now = await call('GET /suppression-lists/:id', { params: { id } });
  if (now.revision === revision) queries.setQueryData(suppressionListQuery(id).queryKey, now);
}

/** The list as somebody else has left it. */
export async function takeOver(queries: QueryClient, id: string): Promise<SuppressionListView> {
  const now = await call('GET /suppression-lists/:id', { params: { id } });
  queries.setQueryData(suppressionListQuery(id).queryKey, now);
  return now;
}

export const acceptListSize = (id: string) =>
  mutationOptions({
    mutationFn: (body: BodyOf<'POST /suppression-lists/:id/accept-size'>) =>
      call('POST /suppression-lists/:id/accept-size', { params: { id }, body }),
    onSuccess: refreshing(noun),
    // Something else is true now: the page shows it.
    onError: (_, __, ___, { client }) => refresh(client, noun),
  });

export const deleteSuppressionList = mutationOptions({
  mutationFn: ({ id, letIn }: { id: string; letIn: number | undefined }) =>
    call('DELETE /suppression-lists/:id', { params: { id }, query: { let_in: letIn } }),
  onSuccess: (_, { id }, __, { client }) => {
    client.removeQueries(suppressionListQuery(id));
    return refresh(client, noun, 'uploads');
  },
});
