/** Which fetched data is out of date after a change. The first part of every query key is the noun that its data is of. */
import type { MutationFunctionContext, QueryClient } from '@tanstack/react-query';

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
  | 'uploads'
  | 'users';

/** Marks everything of these nouns as out of date, one noun after the other. What is on the screen is fetched anew. */
export async function refresh(queries: QueryClient, ...nouns: readonly Noun[]): Promise<void> {
  for (const noun of nouns) await queries.invalidateQueries({ queryKey: [noun] });
}

/** The same as what a mutation does when it has succeeded. */
export const refreshing =
  (...nouns: readonly Noun[]) =>
  (
    _data: unknown,
    _variables: unknown,
    _result: unknown,
    { client }: MutationFunctionContext,
  ): Promise<void> =>
    refresh(client, ...nouns);
