/** The test run of an export: everything that can be known before anything is sent. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { NewJob } from '../../../src/contracts/jobs.ts';
import type { Preview, PreviewRequest } from '../../../src/contracts/sources.ts';
import { jobValidationQuery } from '../../api/jobs.ts';
import { previewQuery } from '../../api/sources.ts';

export interface TestRun {
  readonly preview: Preview;
  /** How many values the server refuses. Null for a saved job, which is not asked about. */
  readonly refused: number | null;
}

/**
 * Reads the whole audience again, and asks the server whether it would accept the job.
 * @param input of a job that is not saved yet
 */
export function useTestRun(request: PreviewRequest | null, input: NewJob | undefined) {
  const queries = useQueryClient();
  const { data, error, isPending, mutate } = useMutation({
    mutationFn: async (asked: PreviewRequest) => {
      const [preview, checked] = await Promise.all([
        queries.fetchQuery({ ...previewQuery(asked), staleTime: 0 }),
        input && queries.fetchQuery({ ...jobValidationQuery(input), staleTime: 0 }),
      ]);
      return { asked, preview, refused: checked?.errors.length ?? null };
    },
  });
  const isCurrent = data !== undefined && data.asked === request;
  return {
    run: () => request && mutate(request),
    isPending,
    error,
    /** Of the form as it is now. */
    result: isCurrent ? (data satisfies TestRun) : undefined,
  };
}
