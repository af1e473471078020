/** The schedule of a job. Without Zod, because the web app uses it, too. */
import type { DayOfWeek, RunFrequency, Schedule } from './schedule.ts';

/** The keys of a configuration that say when a job runs. A form may hold empty texts. */
export interface ScheduleKeys {
  readonly continuous_update: boolean;
  readonly run_frequency: RunFrequency | null;
  readonly day_of_week: DayOfWeek | null;
  readonly time_of_day: string | null;
  readonly timezone: string | null;
  readonly cron_expressions: readonly string[] | null;
}

/** The schedule of a configuration; undefined for a job that runs once, and while something is missing. */
export function scheduleOf(configuration: ScheduleKeys): Schedule | undefined {
  const { continuous_update, run_frequency, day_of_week, time_of_day, timezone, cron_expressions } = configuration;
  if (!continuous_update || !run_frequency || !timezone) return undefined;
  if (run_frequency === 'custom') {
    return cron_expressions?.length ? { run_frequency, cron_expressions: [...cron_expressions], timezone } : undefined;
  }
  if (!time_of_day) return undefined;
  if (run_frequency === 'daily') return { run_frequency, time_of_day, timezone };
  return day_of_week ? { run_frequency, day_of_week, time_of_day, timezone } : undefined;
}
