/** The scan that has made the file of a part: what it was asked for, and what a person has approved of it. */
import type { JobReads, StoredJob } from '../../contracts/job-store.ts';
import type { Approval } from '../../domain/jobs/approvals.ts';
import type { DividedSource } from '../../domain/runs/run.ts';
import { foldRun, type RunState } from '../../domain/runs/run-state.ts';
import { dividedSource } from '../../domain/runs/varied.ts';

/**
 * Whoever has locked the part gets that of its present file.
 * @returns undefined for a job that is no part, and when the journal of the scan is gone
 */
export async function scanOfPart(
  store: Pick<JobReads, 'runEvents'>,
  { part }: Pick<StoredJob, 'part'>,
): Promise<RunState | undefined> {
  const events = part ? await store.runEvents(part.run) : [];
  return events[0]?.type === 'started' ? foldRun(events) : undefined;
}

/** What the file of a part was made of. */
export const sourceOfPart = (
  scan: RunState | undefined,
  { part }: Pick<StoredJob, 'part'>,
): DividedSource | undefined => part && scan && dividedSource(scan.request, part.value);

/** What was approved for this part before all parts got their files, if the part is still as it was judged. */
export function approvalOfScan(
  scan: RunState | undefined,
  { part: own, revision }: Pick<StoredJob, 'part' | 'revision'>,
): Approval | undefined {
  const audiences = (scan?.approval?.audiences ?? []).flatMap(({ part, ...audience }) =>
    own && part?.value === own.value && part.revision === revision ? [audience] : [],
  );
  return audiences.length > 0 ? { audiences } : undefined;
}
