/**
 * When a job runs, and when it tries again. Pure functions.
 *
 * A slot is a moment at which the schedule calls for a run:
 *
 *  - daily at Time of Day · weekly on Day of Week · monthly on the *first* Day of Week of the month, in an IANA time
 *    zone;
 *  - for a local time that a clock change skips, the first moment after the gap;
 *  - for a local time that a clock change repeats, the first of the two.
 *
 * Slots are strictly increasing in every time zone.
 *
 * After a temporary error, a job tries again after 1, 2, 4, 8, … minutes, while its errors in a row last no longer
 * than the limit. The last try is at the limit itself. A job that waits until a cause is gone tries at the same
 * intervals, but at least once an hour and without a limit.
 */
import { Temporal } from 'temporal-polyfill';
import { LONGEST_WAIT_MS } from '../contracts/job-display.ts';
import type { Errors } from '../contracts/jobs.ts';
import { dayOfWeek, type Schedule } from '../contracts/schedule.ts';

/** The first slot after `after`. */
export function nextSlot(schedule: Schedule, after: Date): Date {
  const from = Temporal.Instant.fromEpochMilliseconds(after.getTime());
  // One day earlier, because a clock change can move a slot of the previous local day behind `after`.
  let day = from.toZonedDateTimeISO(schedule.timezone).toPlainDate().subtract({ days: 1 });
  for (;;) {
    day = firstSlotDay(schedule, day);
    const slot = momentOf(day, schedule);
    if (Temporal.Instant.compare(slot, from) > 0) return new Date(slot.epochMilliseconds);
    day = day.add({ days: 1 });
  }
}

/** The next `count` slots after `after`. The editor of a job shows them before it is saved. */
export function nextSlots(schedule: Schedule, after: Date, count: number): Date[] {
  const slots: Date[] = [];
  for (let last = after; slots.length < count; slots.push(last)) last = nextSlot(schedule, last);
  return slots;
}

/**
 * The latest of the slots from `due` until `now`, and how many came before it. After a downtime, one run makes up for
 * all of them.
 */
export function latestSlot(schedule: Schedule, due: Date, now: Date): { slot: Date; missed: number } {
  let slot = due;
  let missed = 0;
  for (let next = nextSlot(schedule, slot); next <= now; next = nextSlot(schedule, slot)) {
    slot = next;
    missed += 1;
  }
  return { slot, missed };
}

/** The first day with a slot, from `day` on. */
function firstSlotDay(schedule: Schedule, day: Temporal.PlainDate): Temporal.PlainDate {
  switch (schedule.run_frequency) {
    case 'daily':
      return day;
    case 'weekly':
      return nextWeekday(day, schedule.day_of_week);
    case 'monthly': {
      const ofThisMonth = nextWeekday(day.with({ day: 1 }), schedule.day_of_week);
      return Temporal.PlainDate.compare(ofThisMonth, day) >= 0
        ? ofThisMonth
        : nextWeekday(day.with({ day: 1 }).add({ months: 1 }), schedule.day_of_week);
    }
  }
}

function nextWeekday(day: Temporal.PlainDate, name: (typeof dayOfWeek.options)[number]): Temporal.PlainDate {
  // ISO: Monday is 1.
  const wanted = dayOfWeek.options.indexOf(name) + 1;
  return day.add({ days: (wanted - day.dayOfWeek + 7) % 7 });
}

function momentOf(day: Temporal.PlainDate, schedule: Schedule): Temporal.Instant {
  const local = day.toPlainDateTime(Temporal.PlainTime.from(schedule.time_of_day));
  const first = local.toZonedDateTime(schedule.timezone, { disambiguation: 'earlier' });
  if (first.toPlainDateTime().equals(local)) return first.toInstant();
  // This local time does not exist. `earlier` uses the offset after the gap, so its result is before the clock change.
  return (first.getTimeZoneTransition('next') ?? first).toInstant();
}

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

const intervalAfter = ({ count }: Errors): number => FIRST_MS * 2 ** (count - 1);
