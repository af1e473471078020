/** How old figures are that a large installation does not read anew for each answer. Pure. */

/** Pages are read each minute. What is not older is as good as new. */
const SHOWN_FROM_MS = 60_000;

/**
 * When the oldest of the parts of an answer was read; null when nobody needs to know that.
 * @param at of the answer, by the same clock; an earlier version does not tell it
 */
export function shownAge(at: string | undefined, ...parts: readonly (string | undefined)[]): number | null {
  if (at === undefined) return null;
  const oldest = Math.min(...parts.map((part) => Date.parse(part ?? at)));
  return Date.parse(at) - oldest < SHOWN_FROM_MS ? null : oldest;
}
