/** When a job runs. The keys are those of the export form. */
import { z } from 'zod';
import { issueText } from '../text/sentence.ts';
import { cronExpressions } from './cron.ts';

export const runFrequency = z.enum(['daily', 'weekly', 'monthly', 'custom', 'when_ready']);
export type RunFrequency = z.infer<typeof runFrequency>;

export const dayOfWeek = z.enum(['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday']);
export type DayOfWeek = z.infer<typeof dayOfWeek>;

/** Hours (0 to 23) and minutes: `09:30`. */
export const timeOfDay = z
  .string()
  .max(5)
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, issueText`Enter a time of day like 09:30.`);

/** An IANA name that this runtime knows. Offsets like +09:00 are refused, because they have no daylight saving time. */
export const timeZone = z
  .string()
  .max(100)
  .refine((name) => /^[A-Za-z]/.test(name) && isTimeZone(name), issueText`Choose a time zone like Asia/Tokyo.`);

/** Asking the runtime is slow, and each stored job is checked when it is read. There are some hundred names. */
const knownZones = new Set<string>();
/** A name can be written in many ways, with capitals and without. */
const MAX_KNOWN = 1_000;

function isTimeZone(name: string): boolean {
  if (knownZones.has(name)) return true;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    if (knownZones.size < MAX_KNOWN) knownZones.add(name);
    return true;
  } catch {
    return false;
  }
}

/**
 * Daily runs at Time of Day; weekly on Day of Week; monthly on the *first* Day of Week of the month; custom at the
 * times of cron expressions. All times are in Time Zone.
 */
export const schedule = z.discriminatedUnion('run_frequency', [
  z.object({ run_frequency: z.literal('daily'), time_of_day: timeOfDay, timezone: timeZone }).readonly(),
  z
    .object({
      run_frequency: z.enum(['weekly', 'monthly']),
      day_of_week: dayOfWeek,
      time_of_day: timeOfDay,
      timezone: timeZone,
    })
    .readonly(),
  z.object({ run_frequency: z.literal('custom'), cron_expressions: cronExpressions, timezone: timeZone }).readonly(),
]);
export type Schedule = z.infer<typeof schedule>;

/** The keys of a configuration that say when a job runs. A form may hold empty texts. */
export interface ScheduleKeys {
  readonly continuous_update: boolean;
  readonly run_frequency: RunFrequency | null;
  readonly day_of_week: DayOfWeek | null;
  readonly time_of_day: string | null;
  readonly timezone: string | null;
  readonly cron_expressions: readonly string[] | null;
}

/**
 * The schedule of a configuration; undefined for a job that runs once or when its data is ready (triggers), and while
 * something is missing.
 */
export function scheduleOf(configuration: ScheduleKeys): Schedule | undefined {
  const { continuous_update, run_frequency, day_of_week, time_of_day, timezone, cron_expressions } = configuration;
  if (!continuous_update || !run_frequency || run_frequency === 'when_ready' || !timezone) return undefined;
  if (run_frequency === 'custom') {
    return cron_expressions?.length ? { run_frequency, cron_expressions: [...cron_expressions], timezone } : undefined;
  }
  if (!time_of_day) return undefined;
  if (run_frequency === 'daily') return { run_frequency, time_of_day, timezone };
  return day_of_week ? { run_frequency, day_of_week, time_of_day, timezone } : undefined;
}

/** Any schedule as cron expressions. */
export function asCron(schedule: Schedule): readonly string[] {
  if (schedule.run_frequency === 'custom') return schedule.cron_expressions;
  const [hour, minute] = schedule.time_of_day.split(':').map(Number);
  return [`${minute} ${hour} * * ${weekdayOf(schedule)}`];
}

function weekdayOf(schedule: Exclude<Schedule, { run_frequency: 'custom' }>): string {
  if (schedule.run_frequency === 'daily') return '*';
  const name = schedule.day_of_week.slice(0, 3).toUpperCase();
  return schedule.run_frequency === 'weekly' ? name : `${name}#1`;
}
