/** The suppression lists that a run or a preview reads. */
import { openListScan, type ScannedField } from '../../export/open-scan.ts';
import type { SuppressionList } from '../../export/suppression.ts';
import { scansOfSource } from '../../sources/scans.ts';
import { type JobWithLists, listsForJob } from '../../store/repositories/suppression-lists.ts';
import type { UseCaseDeps } from '../deps.ts';
import type { Initiator } from '../sources/quarantine.ts';

/** A job whose lists are read. */
export interface ReadingJob extends JobWithLists, Pick<ScannedField, 'defaultCountry'> {
  /** Whether databases hash the values. */
  readonly hashInDatabase: boolean | undefined;
}

/**
 * The lists that apply now, which are read when their scans begin. One reader is used at a time.
 * @throws {LineupError} `suppression_list_missing`
 */
export async function listsForRun(
  { db, sources }: Pick<UseCaseDeps, 'db' | 'sources'>,
  job: ReadingJob,
  by: Initiator,
  signal: AbortSignal,
): Promise<SuppressionList[]> {
  const { hashInDatabase } = job;
  const lists = await listsForJob(db, job);
  return lists.map(({ id, name, source, field, maxShrink, lastSize }) => ({
    id,
    name,
    withScan:
      field === null
        ? null
        : scansOfSource(
            () => sources.open(source, by, signal),
            openListScan({ ...job, field }, hashInDatabase),
            signal,
          ),
    maxShrink,
    lastSize,
  }));
}
