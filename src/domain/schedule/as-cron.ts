/** Schedules as cron expressions: those of a plain one, too. Without Zod, because the web app uses it. */
import type { Schedule } from './schedule.ts';

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
