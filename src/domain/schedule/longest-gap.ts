/**
 * The longest time between two runs of a schedule. Where members leave by age, they must stay at least so long. Pure.
 */
import { expressionOf, fieldsOf, localTimes } from './cron.ts';
import { asCron, type Schedule } from './schedule.ts';

const DAY = 24 * 3_600_000;
/** The calendar repeats itself after 28 years, until 2099. */
const FIRST = Date.UTC(2024, 0, 1);
const LAST = Date.UTC(2052, 0, 1);

/** The days of 28 years are many, and a form asks about the same schedule again and again. */
const known = new Map<string, number>();
const MAX_KNOWN = 1_000;

/** In days, a begun one counts: 1 for a schedule of every day. By the clock of its time zone. */
export function longestGapOf(schedule: Schedule): number {
  const expressions = asCron(schedule);
  const key = expressions.join('\n');
  const found = known.get(key) ?? gapOf(expressions);
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(key, found);
  return found;
}

/** The first and the last time of a day, in milliseconds since midnight. */
interface Times {
  readonly first: number;
  readonly last: number;
}

function gapOf(expressions: readonly string[]): number {
  const days = new Map<number, Times>();
  for (const expression of expressions) {
    const { day, month, weekday } = fieldsOf(expression);
    const times = timesOfDay(expression);
    // The days alone are far fewer than all times.
    for (const at of localTimes(expressionOf({ minute: '0', hour: '0', day, month, weekday }), FIRST, LAST)) {
      const others = days.get(at) ?? times;
      days.set(at, { first: Math.min(times.first, others.first), last: Math.max(times.last, others.last) });
    }
  }
  let longest = 0;
  let before: number | undefined;
  const inOrder = [...days].sort(([a], [b]) => a - b);
  // After the last day comes the first one again.
  for (const [day, { first, last }] of [...inOrder, ...inOrder.slice(0, 1).map(again)]) {
    if (before !== undefined) longest = Math.max(longest, day + first - before);
    before = day + last;
  }
  return Math.max(1, Math.ceil(longest / DAY));
}

const again = ([day, times]: [number, Times]): [number, Times] => [day + LAST - FIRST, times];

function timesOfDay(expression: string): Times {
  const { minute, hour } = fieldsOf(expression);
  const times = [...localTimes(expressionOf({ minute, hour }), FIRST, FIRST + DAY)].map((at) => at - FIRST);
  return { first: times[0] ?? 0, last: times.at(-1) ?? 0 };
}
