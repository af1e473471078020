/**
 * Cron expressions of a custom schedule: five fields, read in the time zone of the schedule. Croner decides what an
 * expression means; the rules below decide what Lineup takes, and say what is wrong with others: one sentence, at the
 * expression.
 */
import { Cron } from 'croner';
import { z } from 'zod';
import { issueText } from '../text/sentence.ts';

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

/** The maximum number of expressions in a schedule. */
export const MAX_EXPRESSIONS = 8;

/** The maximum length of an expression. Even long lists of minutes, hours and days are shorter. */
export const MAX_EXPRESSION = 100;

/**
 * Two times of a schedule are at least so many minutes apart, on the clock of its time zone. The sentences below repeat
 * it.
 */
export const LEAST_MINUTES_APART = 15;

/**
 * What an item of a field may be, and the sentence for everything else. Croner reads more: `?`, `W` and `+` are left
 * out, because other programs read them in another way, or not at all.
 */
const rules: readonly (readonly [field: keyof CronFields, item: RegExp, message: string])[] = [
  ['minute', /^[\d*/-]+$/, issueText`The first part is the minute: 0 to 59. Examples: 0, 15,45 or */30.`],
  ['hour', /^[\d*/-]+$/, issueText`The second part is the hour: 0 to 23. Examples: 9, 9,18 or 8-20/2.`],
  ['day', /^(?:[\d*/-]+|L)$/i, issueText`The third part is the day of the month: 1 to 31, or L for the last day.`],
  ['month', /^[\dA-Z*/-]+$/i, issueText`The fourth part is the month: 1 to 12, or JAN to DEC. * is every month.`],
  [
    'weekday',
    /^(?:[\dA-KM-Z*/-]+|(?:\d|[A-Z]{3})(?:#[1-5]|L))$/i,
    issueText`The fifth part is the day of the week: 0 to 7, or SUN to SAT. MON#1 is the first Monday of the month, FRIL the last Friday.`,
  ],
];

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
/** The calendar repeats itself after 28 years, until 2099. */
const FIRST = Date.UTC(2024, 0, 1);
const LAST = Date.UTC(2052, 0, 1);

/** The times of a day, as minutes since midnight; undefined when two of them are too close. */
function timesOfDay({ minute, hour }: CronFields): readonly number[] | undefined {
  const times: number[] = [];
  for (const at of localTimes(expressionOf({ minute, hour }), FIRST, FIRST + DAY)) {
    const time = (at - FIRST) / MINUTE;
    if (time - (times.at(-1) ?? Number.NEGATIVE_INFINITY) < LEAST_MINUTES_APART) return undefined;
    times.push(time);
  }
  return times;
}

function problemOf(expression: string): string | undefined {
  if (expression.startsWith('@')) {
    return issueText`Write five parts: 0 9 * * * is every day at 09:00. Names like @daily are not possible.`;
  }
  if (expression.split(' ').length !== 5) {
    return issueText`Write five parts: minute, hour, day of the month, month, day of the week. Seconds and years are not possible.`;
  }
  const fields = fieldsOf(expression);
  for (const [field, item, message] of rules) {
    const isKnown = fields[field].split(',').every((part) => item.test(part));
    if (!isKnown || !isReadable(expressionOf({ [field]: fields[field] }))) return message;
  }
  if (nextLocalTime(expression, FIRST) === Number.POSITIVE_INFINITY) {
    return issueText`This never happens: no year has such a day. An example is 30 February.`;
  }
  return tooCloseAt([expression]) === undefined
    ? undefined
    : issueText`This is too often. Leave at least 15 minutes between two times.`;
}

/** The days of an expression. Built only when they decide something. */
function daysOf({ day, month, weekday }: CronFields): () => ReadonlySet<number> {
  let days: ReadonlySet<number> | undefined;
  return () => {
    days ??= new Set(localTimes(expressionOf({ minute: '0', hour: '0', day, month, weekday }), FIRST, LAST));
    return days;
  };
}

/**
 * What was found for the last lists: a form asks about the same one again and again, and the days take a tenth of a
 * second.
 */
const verdicts = new Map<string, number | undefined>();
const MAX_VERDICTS = 1_000;

/** The index of the first expression with a time that is too close to one of its own or of an earlier expression. */
function tooCloseAt(expressions: readonly string[]): number | undefined {
  const key = expressions.join('\n');
  if (verdicts.has(key)) return verdicts.get(key);
  if (verdicts.size >= MAX_VERDICTS) verdicts.clear();
  const verdict = findTooClose(expressions);
  verdicts.set(key, verdict);
  return verdict;
}

function findTooClose(expressions: readonly string[]): number | undefined {
  const all = expressions.map(fieldsOf).map((fields) => ({ times: timesOfDay(fields), days: daysOf(fields) }));
  const isClose = (minutes: number) => minutes > 0 && minutes < LEAST_MINUTES_APART;
  const found = all.findIndex(({ times, days }, index) => {
    if (times === undefined) return true;
    return all.slice(0, index + 1).some((other) => {
      const others = other.times ?? [];
      const meet = (daysLater: number) => {
        for (const day of days()) if (other.days().has(day + daysLater * DAY)) return true;
        return false;
      };
      const isNear = (daysLater: number) =>
        times.some((time) => others.some((two) => isClose(Math.abs(two + daysLater * 1_440 - time))));
      return [-1, 0, 1].some((daysLater) => isNear(daysLater) && meet(daysLater));
    });
  });
  return found === -1 ? undefined : found;
}

/** Spaces around it, and more than one between two fields, do not matter. */
export const cronExpression = z
  .string()
  .overwrite((text) => text.trim().replace(/\s+/g, ' '))
  .min(1, { error: issueText`Enter a cron expression.`, abort: true })
  .max(MAX_EXPRESSION, { abort: true })
  .superRefine((expression, context) => {
    const message = problemOf(expression);
    // The rules of the list need expressions that can be read.
    if (message !== undefined) context.addIssue({ code: 'custom', message, continue: false });
  });

/** Each expression adds its times. A time of several expressions counts once. */
export const cronExpressions = z
  .array(cronExpression)
  .min(1, { error: issueText`Enter a cron expression.`, abort: true })
  .max(MAX_EXPRESSIONS, { abort: true })
  .superRefine((expressions, context) => {
    const written = expressions.map((expression) => expression.toUpperCase());
    const twice = written.findIndex((expression, index) => written.indexOf(expression) < index);
    if (twice >= 0) {
      const message = issueText`This expression is in the list twice.`;
      context.addIssue({ code: 'custom', path: [twice], message });
      return;
    }
    const tooClose = tooCloseAt(expressions);
    if (tooClose === undefined) return;
    const message = issueText`This comes less than 15 minutes before or after a time of another expression.`;
    context.addIssue({ code: 'custom', path: [tooClose], message });
  });
