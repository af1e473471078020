/** The cache of fetched data, and what happens when the server says that the session has ended. */
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiError } from './client.ts';
import { meQuery } from './me.ts';

/** Shows the sign-in page instead of the current page. The address and the drafts stay. */
function onError(error: Error): void {
  if (error instanceof ApiError && error.code === 'not_signed_in') queryClient.setQueryData(meQuery.queryKey, null);
}

export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError }),
  mutationCache: new MutationCache({ onError }),
  defaultOptions: {
    queries: {
      // Also offline: the server may be on this machine. If it is not, the person sees an error at once instead of
      // waiting.
      networkMode: 'always',
      staleTime: 5_000,
      // Retries only failures that can pass by themselves. A refusal will not change.
      retry: (failures, error) => error instanceof ApiError && error.code === 'unreachable' && failures < 2,
    },
    mutations: { networkMode: 'always' },
  },
});
