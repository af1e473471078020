/** What was fetched, and what is done when a session turns out to have ended. */
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiError } from './client.ts';
import { meQuery } from './me.ts';

/** Shows the sign-in page in place of whatever is on the screen; its address and drafts stay. */
function onError(error: Error): void {
  if (error instanceof ApiError && error.code === 'not_signed_in')
    queryClient.setQueryData(meQuery.queryKey, null);
}

export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError }),
  mutationCache: new MutationCache({ onError }),
  defaultOptions: {
    queries: {
      // Also offline: our server may be on this very machine, and if not, nobody shall wait without a word.
      networkMode: 'always',
      staleTime: 5_000,
      // Only what may pass by itself is tried again; a refusal will not change.
      retry: (failures, error) => error instanceof ApiError && error.code === 'unreachable' && failures < 2,
    },
    mutations: { networkMode: 'always' },
  },
});
