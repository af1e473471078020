/**
 * Audiences that end so many days after their creation. A run renews one before its end: it fills a successor, and the
 * job goes on with that. These functions say when. Pure.
 */
import type { DestinationTraits } from '../destinations/traits.ts';

const DAY = 24 * 3_600_000;

/** So long before its end an audience of a job with a schedule is renewed at the latest, if a run comes at all. */
export const MARGIN_DAYS = 14;
/** In so many days before the end, any run of a job without a schedule renews: perhaps no other one comes. */
export const RENEWING_DAYS = 30;
/** So many days before the renewal it is told. */
export const TOLD_DAYS = 30;

/** The first slot of a job's schedule after a moment. Null: it has none. */
export type NextSlot = ((after: Date) => Date) | null;

const later = (from: Date, days: number): Date => new Date(from.getTime() + days * DAY);
const latest = (...dates: readonly [Date, ...Date[]]): Date => dates.reduce((a, b) => (b > a ? b : a));

/**
 * A run renews an audience that ends before this moment. If the next run may still do it, it must come `MARGIN_DAYS`
 * before the end, and another one must follow before the end, for the case that it fails.
 */
export function renewsBefore(now: Date, next: NextSlot): Date {
  if (next === null) return later(now, RENEWING_DAYS);
  const slot = next(now);
  return latest(later(slot, MARGIN_DAYS), next(slot));
}

/**
 * When an audience is expected to be renewed: at this slot, or without a schedule by the first run from then on.
 * @param longestGap of the schedule, in days
 */
export function plannedRenewal(endsAt: Date, now: Date, next: NextSlot, longestGap = 1): Date {
  if (next === null) return latest(later(endsAt, -RENEWING_DAYS), now);
  // Two slots before the end, and no earlier one is the last that comes in time.
  let slot = next(latest(later(endsAt, -(MARGIN_DAYS + 2 * longestGap + 1)), now));
  while (endsAt >= renewsBefore(slot, next)) slot = next(slot);
  return slot;
}

/** What is known of an audience when a run looks at it. */
export interface Ageing {
  /** Null: unknown. */
  readonly endsAt: string | null;
  /** The other side takes nothing more into it, because of its age. */
  readonly hasEnded: boolean;
  /** It is not there any more. */
  readonly isGone: boolean;
}

/** What a run is to do about the end of an audience. */
export interface Renewing {
  /** Renews one that ends before this moment. */
  readonly before: string;
  /** A run has begun to renew it: the other side has its successor, or may have it. */
  readonly isBegun: boolean;
}

/**
 * Whether a run renews the audience. One that is gone before its end was deleted by a person, who may not want it any
 * more: the run says so, and makes none.
 */
export function isDue({ endsAt, hasEnded, isGone }: Ageing, { before, isBegun }: Renewing, at: Date): boolean {
  if (isGone) return isBegun || (endsAt !== null && Date.parse(endsAt) <= at.getTime());
  return hasEnded || isBegun || (endsAt !== null && Date.parse(endsAt) < Date.parse(before));
}

/** When an audience ends, if the other side does not tell. @param created ISO 8601; empty when it is not known */
export function endOf({ lifeDays }: Pick<DestinationTraits, 'lifeDays'>, created: string): string | null {
  const from = Date.parse(created);
  return lifeDays === null || Number.isNaN(from) ? null : later(new Date(from), lifeDays).toISOString();
}
