/**
 * Cron expressions of a custom schedule: five fields, read in the time zone of the schedule. Croner decides what an
 * expression means; cron-rules.ts decides what Lineup takes.
 */
import { Cron } from 'croner';

export interface CronFields {
  readonly minute: string;
  readonly hour: string;
  readonly day: string;
  readonly month: string;
  readonly weekday: string;
}

/** @param expression five fields */
export function fieldsOf(expression: string): CronFields {
  const [minute = '*', hour = '*', day = '*', month = '*', weekday = '*'] = expression.split(' ');
  return { minute, hour, day, month, weekday };
}

/** An expression of some fields. The others allow everything. */
export const expressionOf = ({
  minute = '*',
  hour = '*',
  day = '*',
  month = '*',
  weekday = '*',
}: Partial<CronFields>): string => [minute, hour, day, month, weekday].join(' ');

/**
 * Reads an expression. Local times are given to Croner as if they were UTC, because its own rules for clock changes
 * differ from those of the other schedules (src/jobs/schedule.ts). @throws for a text that is no expression
 */
const read = (expression: string): Cron => new Cron(expression, { mode: '5-part', utcOffset: 0 });

export function isReadable(expression: string): boolean {
  try {
    read(expression);
    return true;
  } catch {
    return false;
  }
}

/** Reading is slow, and a scheduler asks for the same expressions again and again. */
const known = new Map<string, Cron>();
const MAX_KNOWN = 1_000;

/**
 * The first time of an expression after a moment; Infinity when there is none. Both are local times, in milliseconds as
 * if they were UTC.
 */
export function nextLocalTime(expression: string, after: number): number {
  const cron = known.get(expression) ?? read(expression);
  if (known.size < MAX_KNOWN) known.set(expression, cron);
  return cron.nextRun(new Date(after))?.getTime() ?? Number.POSITIVE_INFINITY;
}

/** All times of an expression from a moment until another one, as local times. */
export function* localTimes(expression: string, from: number, until: number): Generator<number> {
  // Not kept, because it is asked only before an expression is saved.
  const cron = read(expression);
  let time = cron.nextRun(new Date(from - 1));
  for (; time && time.getTime() < until; time = cron.nextRun(time)) yield time.getTime();
}
