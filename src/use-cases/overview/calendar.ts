/** The runs of the next two days, by the hour. Pure. */
import type { StoredJob } from '../../contracts/job-store.ts';
import { waitsFor } from '../../domain/jobs/conditions.ts';
import { asCron, type Schedule, scheduleOf } from '../../domain/schedule/schedule.ts';
import { isReadable } from '../../jobs/readable.ts';
import { nextSlots, slotsUntil } from '../../jobs/schedule.ts';

const HOUR = 3_600_000;
const HOURS = 48;
/** How many runs of an hour are named. */
const NAMED = 5;

export interface Planned {
  readonly jobId: string;
  readonly jobName: string;
  readonly at: Date;
}

export interface HourOfRuns {
  readonly from: Date;
  readonly runs: number;
  readonly first: readonly Planned[];
}

/** The hours in which runs begin, by the clock of the time zone. */
export function calendarOf(jobs: readonly StoredJob[], now: Date, timezone: string): HourOfRuns[] {
  const hourly: Schedule = { run_frequency: 'custom', cron_expressions: ['0 * * * *'], timezone };
  const hours = nextSlots(hourly, new Date(now.getTime() - HOUR), HOURS + 1);
  const until = new Date(now.getTime() + HOURS * HOUR);
  const slots = slotsOnce(now, until);
  const planned = jobs
    .flatMap((job) => timesOf(job, now, until, slots).map((at) => ({ jobId: job.id, jobName: job.name, at })))
    .sort((a, b) => a.at.getTime() - b.at.getTime() || (a.jobName < b.jobName ? -1 : 1));
  const found: HourOfRuns[] = [];
  let next = 0;
  for (const [index, from] of hours.entries()) {
    const end = hours[index + 1] ?? until;
    const begin = next;
    while (next < planned.length && (planned[next]!.at < end || index === hours.length - 1)) next += 1;
    if (next > begin)
      found.push({ from, runs: next - begin, first: planned.slice(begin, Math.min(next, begin + NAMED)) });
  }
  return found;
}

/** When a job begins runs by itself: what it sleeps until, and then the times of its schedule. */
function timesOf(job: StoredJob, now: Date, until: Date, slots: (schedule: Schedule) => readonly Date[]): Date[] {
  const { status, sleepUntil } = job.state;
  // It runs when the cause is gone, and nobody knows when that is.
  if (waitsFor(job.state) || !isReadable(job)) return [];
  const first = status === 'sleeping' && sleepUntil ? [new Date(Math.max(sleepUntil.getTime(), now.getTime()))] : [];
  const schedule = scheduleOf(job.configuration);
  const later = schedule ? slots(schedule).filter((slot) => slot > (first[0] ?? now)) : [];
  return [...first.filter((at) => at <= until), ...later];
}

/** Many jobs have the same schedule. One that this version cannot read has no times. */
function slotsOnce(after: Date, until: Date): (schedule: Schedule) => readonly Date[] {
  const known = new Map<string, readonly Date[]>();
  const read = (schedule: Schedule): readonly Date[] => {
    try {
      return slotsUntil(schedule, after, until);
    } catch {
      return [];
    }
  };
  return (schedule) => {
    const key = [schedule.timezone, ...asCron(schedule)].join('\n');
    const slots = known.get(key) ?? read(schedule);
    known.set(key, slots);
    return slots;
  };
}
