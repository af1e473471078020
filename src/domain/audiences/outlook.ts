/**
 * What an audience will hold where members leave by age: each run sends its members anew, and who is not sent again
 * leaves so many days after the last time. Pure.
 *
 * Runs of one job send mostly the same people, and nobody knows how many are new. So an audience holds at least as many
 * as the largest of the runs whose days have not passed.
 */

const DAY = 24 * 3_600_000;

/** A run, past or to come. */
export interface Sending {
  /** In milliseconds. */
  readonly at: number;
  readonly members: number;
}

/** How many the audience holds at least, at a moment in milliseconds. */
export const heldAt = (sendings: readonly Sending[], memberDays: number, moment: number): number =>
  sendings.reduce(
    (most, { at, members }) => (at <= moment && moment < at + memberDays * DAY ? Math.max(most, members) : most),
    0,
  );

/** The first moment from `from` at which it holds nobody; undefined when that is not before `until`. */
export function firstEmpty(
  sendings: readonly Sending[],
  memberDays: number,
  { from, until }: { readonly from: number; readonly until: number },
): number | undefined {
  let full = from;
  for (const { at, members } of sendings.toSorted((a, b) => a.at - b.at)) {
    if (members === 0) continue;
    if (at > full) break;
    full = Math.max(full, at + memberDays * DAY);
  }
  return full < until ? full : undefined;
}

/** How many days an outlook shows: some weeks, and in any case the time after which everybody has left. */
export const outlookDays = (memberDays: number): number => Math.min(26 * 7, Math.max(8 * 7, memberDays + 14));

/** The moments that it shows: one for each day. */
export const outlookMoments = (from: number, days: number): number[] =>
  Array.from({ length: days + 1 }, (_, day) => from + day * DAY);
