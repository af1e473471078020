/** What a job and a line of a list of jobs say in the same words. */
import type { Incomplete, StoredJob } from '../../contracts/job-store.ts';
import type { IncompleteAtLine } from '../../contracts/jobs.ts';

export const asPart = ({ runId, sent, total }: Incomplete): IncompleteAtLine => ({ run_id: runId, sent, total });

/** When it runs next. Not before a person has entered lost credentials again. */
export const nextRunOf = ({ state }: StoredJob): string | null =>
  state.error?.code === 'credentials_lost' ? null : (state.sleepUntil?.toISOString() ?? null);

/**
 * The latest sizes, oldest first. The last one is what LINE has of the audience now; with several audiences, the sizes
 * are those of the first one, and the part counts for all. A split job has none: its runs send nothing.
 */
export function sizesOf(
  { configuration }: StoredJob,
  sizes: readonly number[] = [],
  part: Incomplete | undefined,
  most: number,
): number[] {
  if (configuration.split) return [];
  const now = part && configuration.siblings.length === 0 ? [part.sent] : [];
  return [...sizes, ...now].slice(-most);
}
