/** How often Lineup looks at a source for a trigger. */
import type { TriggerBounds } from './bounds.ts';

/** What a look with an answer has found. `nothing`: no object matches, or the value is empty. */
export const lookResults = ['new', 'same', 'nothing'] as const;
export type LookResult = (typeof lookResults)[number];

const MINUTE = 60_000;
/** Looks at one source are so many minutes apart. */
const least = 5;
const most = 60;

/** Three looks in the least time between two runs. */
const everyMs = ({ at_most_every_minutes: minutes }: TriggerBounds): number =>
  Math.min(Math.max(minutes / 3, least), most) * MINUTE;

/**
 * When to look again. After failures in a row the wait doubles, up to an hour. A part of it is random, so that looks of
 * many jobs do not come together.
 * @param random from 0 to 1
 */
export function nextLook(trigger: TriggerBounds, failures: number, now: Date, random: number): Date {
  const wait = Math.min(everyMs(trigger) * 2 ** failures, Math.max(everyMs(trigger), most * MINUTE));
  return new Date(now.getTime() + wait * (0.9 + 0.2 * random));
}

/** A look that is due later than this was planned by a clock that was ahead. */
export const LATEST_LOOK_MS = 1.1 * most * MINUTE;
