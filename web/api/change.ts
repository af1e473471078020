/** Mutations: the file of a noun refreshes what was fetched, and the page does the rest. */
import { type UseMutationOptions, type UseMutationResult, useMutation } from '@tanstack/react-query';

interface OnThePage<Data, Variables> {
  /** At once. */
  readonly onSuccess?: (data: Data, variables: Variables) => unknown;
  /** When what is shown has been fetched anew. */
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
