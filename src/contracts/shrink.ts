/** What a replace would do to the size of an audience: one rule for the guard, and for a form that tells beforehand. */

/** `fits`: it may go · `shrinks`: by more than is allowed · `unknown`: nothing tells what would be lost. */
export type Shrinkage = 'fits' | 'shrinks' | 'unknown';

/**
 * A drop of exactly `maxShrink` (a fraction of `before`) fits. Who allows all to be lost (1) has said yes to whatever is there.
 * @param before null when nothing tells how many members there are
 */
export function shrinkage(before: number | null, after: number, maxShrink: number): Shrinkage {
  if (maxShrink >= 1) return 'fits';
  if (before === null) return 'unknown';
  // The tolerance is for the binary fraction: 0.58 × 50 is a little less than 29.
  return before - after > maxShrink * before + before * 1e-9 ? 'shrinks' : 'fits';
}
