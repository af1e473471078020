/**
 * When a job runs, and when it tries again. Pure functions.
 *
 * A slot is a moment at which the schedule calls for a run:
 *
 *  - daily at Time of Day · weekly on Day of Week · monthly on the *first* Day of Week of the month · custom at the
 *    times of cron expressions, in an IANA time zone;
 *  - for a local time that a clock change skips, the first moment after the gap;
 *  - for a local time that a clock change repeats, the first of the two.
 *
 * Slots are strictly increasing in every time zone.
 *
 * After a temporary error, a job tries again after 1, 2, 4, 8, … minutes, while its errors in a row last no longer
 * than the limit. The last try is at the limit itself. An unexpected error may be a fault of Lineup, which no try
 * mends, so it is tried again three times only. A job that waits until a cause is gone tries at the same intervals, but
 * at least once an hour and without a limit.
 */

import { Temporal } from 'temporal-polyfill';
import type { Errors } from '../contracts/jobs.ts';
import { LONGEST_WAIT_MS } from '../domain/jobs/conditions.ts';
import { nextLocalTime } from '../domain/schedule/cron.ts';
import { asCron, type Schedule } from '../domain/schedule/schedule.ts';

/** The first slot after `after`. */
export const nextSlot = (schedule: Schedule, after: Date): Date => slotsAfter(schedule, after).next().value;

/** The next `count` slots after `after`. The editor of a job shows them before it is saved. */
export const nextSlots = (schedule: Schedule, after: Date, count: number): Date[] => {
  const slots = slotsAfter(schedule, after);
  return Array.from({ length: count }, () => slots.next().value);
};

/** All slots after `after`, until and with `until`. */
export function slotsUntil(schedule: Schedule, after: Date, until: Date): Date[] {
  const slots: Date[] = [];
  for (const slot of slotsAfter(schedule, after)) {
    if (slot > until) break;
    slots.push(slot);
  }
  return slots;
}

/**
 * The latest of the slots from `due` until `now`, and how many came before it. After a downtime, one run makes up for
 * all of them.
 */
export function latestSlot(schedule: Schedule, due: Date, now: Date): { slot: Date; missed: number } {
  let slot = due;
  let missed = 0;
  for (const next of slotsAfter(schedule, due)) {
    if (next > now) break;
    slot = next;
    missed += 1;
  }
  return { slot, missed };
}

const DAY_MS = 24 * 3_600_000;

/** All slots after `after`, in order. */
function* slotsAfter(schedule: Schedule, after: Date): Generator<Date, never> {
  // One day earlier, because the clock may have been set back since then: then the times that are on it now have
  // passed.
  const start = Temporal.Instant.fromEpochMilliseconds(after.getTime() - DAY_MS);
  let period = periodFrom(start.toZonedDateTimeISO(schedule.timezone));
  let last = after.getTime();
  for (const local of localTimesAfter(asCron(schedule), period.start + period.offset)) {
    while (local - period.offset >= period.end) period = periodFrom(period.next!);
    // A local time that the clock change skipped would be before it.
    const slot = Math.max(local - period.offset, period.start);
    if (slot <= last) continue;
    last = slot;
    yield new Date(slot);
  }
  throw new Error('The schedule has no further slots.');
}

/** A time between two clock changes. All numbers are milliseconds. */
interface Period {
  readonly start: number;
  readonly end: number;
  /** Local time minus UTC. */
  readonly offset: number;
  readonly next: Temporal.ZonedDateTime | null;
}

function periodFrom(start: Temporal.ZonedDateTime): Period {
  const next = start.getTimeZoneTransition('next');
  return {
    start: start.epochMilliseconds,
    end: next?.epochMilliseconds ?? Number.POSITIVE_INFINITY,
    offset: start.offsetNanoseconds / 1e6,
    next,
  };
}

/** The times of all expressions together, in order. A time of several of them comes once. */
function* localTimesAfter(expressions: readonly string[], after: number): Generator<number> {
  let times = expressions.map((expression) => nextLocalTime(expression, after));
  for (;;) {
    const first = Math.min(...times);
    if (first === Number.POSITIVE_INFINITY) return;
    yield first;
    times = times.map((time, index) => (time > first ? time : nextLocalTime(expressions[index]!, first)));
  }
}

/** An error that nobody has foreseen. It may have been a moment's fault all the same. */
export const isUnexpected = (code: string): boolean => code === 'internal';

/** How often an unexpected error is tried again. */
export const UNEXPECTED_TRIES = 3;

const FIRST_MS = 60_000;

/** The time of the next try, or undefined when the limit is reached and the job has failed. */
export function nextTry(errors: Errors, now: Date, limitMs: number): Date | undefined {
  // After a clock was set back, the errors would look younger. At least the waits so far have passed.
  const waited = FIRST_MS * (2 ** (errors.count - 1) - 1);
  const elapsed = Math.max(now.getTime() - errors.since.getTime(), Math.min(waited, limitMs));
  const left = limitMs - elapsed;
  if (left <= 0) return undefined;
  return new Date(now.getTime() + Math.min(intervalAfter(errors), left));
}

/** The time of the next try of a job that waits until a cause is gone. */
export const nextCheck = (errors: Errors, now: Date): Date =>
  new Date(now.getTime() + Math.min(intervalAfter(errors), LONGEST_WAIT_MS));

/** How long a job waits after its last error at most. */
export const intervalAfter = ({ count }: Errors): number => FIRST_MS * 2 ** (count - 1);
