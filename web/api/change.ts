/** Mutations. The file of a noun says which fetched data a mutation makes out of date; the page does the rest. */
import {
  type MutationFunctionContext,
  type QueryClient,
  type UseMutationOptions,
  type UseMutationResult,
  useMutation,
  useQueryClient,
} from '@tanstack/react-query';

interface OnThePage<Data, Variables> {
  /** Called as soon as the server has answered. */
  readonly onSuccess?: (data: Data, variables: Variables) => unknown;
  /** Called after the data on the screen has been fetched again. */
  readonly onUpdated?: (data: Data, variables: Variables) => unknown;
  readonly onError?: (error: Error) => unknown;
  readonly onSettled?: () => unknown;
}

export function useChange<Data, Variables>(
  change: UseMutationOptions<Data, Error, Variables>,
  { onSuccess, onUpdated, ...others }: OnThePage<Data, Variables> = {},
): UseMutationResult<Data, Error, Variables> {
  return useMutation({
    ...change,
    ...others,
    onSuccess: async (...given) => {
      const [data, variables] = given;
      await onSuccess?.(data, variables);
      await change.onSuccess?.(...given);
      await onUpdated?.(data, variables);
    },
  });
}

/** Performs a change that no element on the page stays for, such as one that undoes another. */
export function useChanges() {
  const queries = useQueryClient();
  return <Data, Variables>(change: UseMutationOptions<Data, Error, Variables>, variables: Variables): Promise<Data> =>
    queries.getMutationCache().build(queries, change).execute(variables);
}

/** The noun of some data. It is the first part of its query keys. */
export type Noun =
  | 'api-tokens'
  | 'authorizations'
  | 'custom-audiences'
  | 'jobs'
  | 'me'
  | 'notification-channels'
  | 'runs'
  | 'settings'
  | 'sources'
  | 'suppression-lists'
  | 'uploads'
  | 'users';

/**
 * Marks the data of these nouns as out of date, one noun after the other. React Query fetches what is on the screen
 * again.
 */
export async function refresh(queries: QueryClient, ...nouns: readonly Noun[]): Promise<void> {
  for (const noun of nouns) await queries.invalidateQueries({ queryKey: [noun] });
}

/** The same, as the `onSuccess` of a mutation. */
export const refreshing =
  (...nouns: readonly Noun[]) =>
  (_data: unknown, _variables: unknown, _result: unknown, { client }: MutationFunctionContext): Promise<void> =>
    refresh(client, ...nouns);
