/** How large an audience is: LINE's estimate of it, and what a replace does to its size. */

/**
 * LINE's smallest estimate is "100 or fewer". So an estimate of 100 is an upper bound; a larger one is a lower bound.
 */
export const SMALLEST_ESTIMATE = 100;

/** LINE's exact estimates. The database understands the expression, too. */
export const EXACT = /^[0-9]{1,15}$/;

/** LINE's estimate as a number. */
export interface Estimate {
  readonly size: number;
  /** False for `100 or fewer`: the audience has at most `size` people. */
  readonly isExact: boolean;
}

/**
 * Reads LINE's estimate, which is a text: a number, `100 or fewer`, or `-` when there are too few users. Undefined when
 * it gives no number: for `-`, without an estimate, and for a text that LINE does not document.
 */
export function readEstimate(text: string | null | undefined): Estimate | undefined {
  if (text === `${SMALLEST_ESTIMATE} or fewer`) return { size: SMALLEST_ESTIMATE, isExact: false };
  return EXACT.test(text ?? '') ? { size: Number(text), isExact: true } : undefined;
}

/** LINE's estimate, when it is exact; null for every other one. */
export function exactEstimate(text: string | null | undefined): number | null {
  const estimate = readEstimate(text);
  return estimate?.isExact ? estimate.size : null;
}

/** Whether LINE has matched at least one member. */
export const hasMatched = (text: string | null | undefined): boolean => (readEstimate(text)?.size ?? 0) > 0;

/** The same for the database: a regular expression for the estimates with which LINE has matched somebody. */
export const MATCHED = `^(?!0*$)([0-9]{1,15}|${SMALLEST_ESTIMATE} or fewer)$`;

/** Whether LINE says that it has matched nobody. It does not say so without an estimate, or with an unknown text. */
export const hasMatchedNobody = (text: string | null | undefined): boolean =>
  text === '-' || readEstimate(text)?.size === 0;

/** Whether LINE has ended its matching, and matched nobody. */
export const endedWithNobody = (status: string | null | undefined, estimate: string | null | undefined): boolean =>
  status === 'FAILED' || (status === 'READY' && hasMatchedNobody(estimate));

/** LINE's estimate as a share of the members that were sent; null when LINE gives no exact number. */
export function matchRateOf(estimate: string | null, unique: number | null): number | null {
  const size = exactEstimate(estimate);
  return size === null || !unique ? null : Math.min(1, size / unique);
}

/** Whether an estimate, as a number, is an upper bound of the size. A larger one is a lower bound. */
export const isUpperBound = (estimate: number): boolean => estimate <= SMALLEST_ESTIMATE;

/**
 * What a replace does to the size of an audience. The guard and the web form share this rule.
 *
 * `fits`: allowed · `shrinks`: by more than is allowed · `unknown`: the present size is not known.
 */
export type Shrinkage = 'fits' | 'shrinks' | 'unknown';

/**
 * A drop of exactly `maxShrink` (a fraction of `before`) fits. A `maxShrink` of 1 allows every result.
 * @param before null when the present size is not known
 */
export function shrinkage(before: number | null, after: number, maxShrink: number): Shrinkage {
  if (maxShrink >= 1) return 'fits';
  if (before === null) return 'unknown';
  // The tolerance is for the binary fraction: 0.58 × 50 is a little less than 29.
  return before - after > maxShrink * before + before * 1e-9 ? 'shrinks' : 'fits';
}

/** The smallest size that fits after `before`; null when every size does. */
export function leastThatFits(before: number, maxShrink: number): number | null {
  return maxShrink >= 1 ? null : Math.ceil(before - maxShrink * before - before * 1e-9);
}
