/** The suppression lists that a run or a preview reads. */
import type { SuppressionList } from '../../export/suppression.ts';
import { scansOfSource, valuesOf } from '../../sources/scans.ts';
import { type JobWithLists, listsForJob } from '../../store/repositories/suppression-lists.ts';
import type { UseCaseDeps } from '../deps.ts';
import type { Initiator } from '../sources/quarantine.ts';

/**
 * The lists that apply now, which are read when their scans begin. One reader is used at a time.
 * @throws {LineupError} `suppression_list_missing`
 */
export async function listsForRun(
  { db, sources }: Pick<UseCaseDeps, 'db' | 'sources'>,
  job: JobWithLists,
  by: Initiator,
  signal: AbortSignal,
): Promise<SuppressionList[]> {
  const lists = await listsForJob(db, job);
  return lists.map(({ id, name, source, field, maxShrink, lastSize }) => ({
    id,
    name,
    withScan:
      field === null
        ? null
        : scansOfSource(() => sources.open(source, by, signal), valuesOf([field]), signal),
    maxShrink,
    lastSize,
  }));
}
