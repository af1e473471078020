/** Numbers that are made from a run's counts. */
import type { RunSummary } from '../../../src/contracts/runs.ts';

/** What LINE took: nothing of a run that a guard stopped. */
export const sentBy = ({ uploaded }: RunSummary): number => uploaded ?? 0;

/** Values that were not sent: missing, invalid, or there already. */
export const skippedOf = ({ missing, invalid, duplicates }: RunSummary): number =>
  (missing ?? 0) + (invalid ?? 0) + (duplicates ?? 0);

/** The share of the members sent that LINE estimates to reach; null where LINE gives no number. */
export function matchRateOf({
  unique,
  matching_size,
}: Pick<RunSummary, 'unique' | 'matching_size'>): number | null {
  if (!unique || matching_size === null || !/^\d+$/.test(matching_size)) return null;
  return Math.min(1, Number(matching_size) / unique);
}
