/** The days of the overview, and a number for each. Pure. */
import type { OverviewSeries } from '../../contracts/overview.ts';
import type { Schedule } from '../../domain/schedule/schedule.ts';
import { nextSlots } from '../../jobs/schedule.ts';
import type { DayOfDurations, DayOfTotals } from '../../store/repositories/overview.ts';

const DAY = 24 * 3_600_000;

/** The beginnings of the last days in a time zone, oldest first; the last one is that of today. */
export function lastDays(now: Date, count: number, timezone: string): Date[] {
  const midnights: Schedule = { run_frequency: 'daily', time_of_day: '00:00', timezone };
  return nextSlots(midnights, new Date(now.getTime() - (count + 2) * DAY), count + 4)
    .filter((midnight) => midnight <= now)
    .slice(-count);
}

/** @param count of the last days that are wanted. Those before also count for what was known then */
export function seriesOf(
  days: readonly Date[],
  totals: readonly DayOfTotals[],
  durations: readonly DayOfDurations[],
  count: number,
): OverviewSeries {
  const sum = { sizes: 0, estimates: 0, members: 0, reach: 0, matched: 0, sent: 0 };
  const changes = new Map(totals.map((row) => [row.day, row]));
  const took = new Map(durations.map((row) => [row.day, row]));
  const each = days.map((from, index) => {
    const change = changes.get(index + 1);
    if (change) for (const key of Object.keys(sum) as (keyof typeof sum)[]) sum[key] += change[key];
    return {
      from: from.toISOString(),
      members: sum.sizes > 0 ? sum.members : null,
      reach: sum.estimates > 0 ? sum.reach : null,
      match_rate: sum.sent > 0 ? Math.min(1, sum.matched / sum.sent) : null,
      median_ms: wholeOf(took.get(index + 1)?.median),
      p95_ms: wholeOf(took.get(index + 1)?.p95),
    };
  });
  const wanted = each.slice(-count);
  return {
    days: wanted.map(({ from }) => from),
    members: wanted.map(({ members }) => members),
    reach: wanted.map(({ reach }) => reach),
    match_rate: wanted.map(({ match_rate }) => match_rate),
    median_ms: wanted.map(({ median_ms }) => median_ms),
    p95_ms: wanted.map(({ p95_ms }) => p95_ms),
  };
}

const wholeOf = (ms: number | undefined): number | null => (ms === undefined ? null : Math.max(0, Math.round(ms)));
