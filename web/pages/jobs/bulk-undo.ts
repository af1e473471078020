/** What undoes an action on many jobs. Pure. */
import type { BulkOutcome } from '../../../src/contracts/bulk.ts';
import type { JobRow } from '../../../src/contracts/job-rows.ts';
import type { BulkAction } from '../../../src/contracts/jobs.ts';

export const idsOf = (outcomes: readonly BulkOutcome[], wanted: BulkOutcome['outcome']): string[] =>
  outcomes.filter(({ outcome }) => outcome === wanted).map(({ id }) => id);

export interface Back {
  readonly action: BulkAction;
  readonly ids: string[];
}

/**
 * What undoes an action, and for which jobs: those that it has changed. One that had failed was not paused before it
 * was resumed.
 */
export function undoOf(
  action: BulkAction | undefined,
  outcomes: readonly BulkOutcome[],
  before: ReadonlyMap<string, Pick<JobRow, 'condition'>>,
): Back | undefined {
  if (action !== 'pause' && action !== 'resume') return undefined;
  const done = idsOf(outcomes, 'done');
  const ids = action === 'pause' ? done : done.filter((id) => before.get(id)?.condition === 'paused');
  return ids.length > 0 ? { action: action === 'pause' ? 'resume' : 'pause', ids } : undefined;
}
