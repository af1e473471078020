/**
 * When a job runs. A slot is a moment at which its schedule calls for a run:
 *
 *  - daily at Time of Day · weekly on Day of Week · monthly on the *first* Day of Week of the month, in an IANA time zone;
 *  - a local time that a clock change skips → the first moment after the gap;
 *  - a local time that a clock change repeats → the first of the two.
 *
 * Pure: time comes in, slots come out. Slots are strictly increasing, whatever the zone does.
 */
import { Temporal } from 'temporal-polyfill';
import { dayOfWeek, type Schedule } from '../contracts/schedule.ts';

/** The first slot after `after`. */
export function nextSlot(schedule: Schedule, after: Date): Date {
  const from = Temporal.Instant.fromEpochMilliseconds(after.getTime());
  // A day early: a slot of the local day before may lie after `after` when its clock change moved it.
  let day = from.toZonedDateTimeISO(schedule.timezone).toPlainDate().subtract({ days: 1 });
  for (;;) {
    day = firstSlotDay(schedule, day);
    const slot = momentOf(day, schedule);
    if (Temporal.Instant.compare(slot, from) > 0) return new Date(slot.epochMilliseconds);
    day = day.add({ days: 1 });
  }
}

/** The next `count` slots after `after`: what is shown before a job is saved. */
export function nextSlots(schedule: Schedule, after: Date, count: number): Date[] {
  const slots: Date[] = [];
  for (let last = after; slots.length < count; slots.push(last)) last = nextSlot(schedule, last);
  return slots;
}

/**
 * Of the slots from `due` (a slot that was waited for) until `now`, the latest, and how many came before it: after a
 * downtime one run makes up for all of them.
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

/** The first day from `day` on that has a slot. */
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
  // There is no such local time. `earlier` reads it with the offset after the gap, and so lies before the change.
  return (first.getTimeZoneTransition('next') ?? first).toInstant();
}
