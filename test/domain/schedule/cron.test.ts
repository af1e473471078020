import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  cronExpressions,
  LEAST_MINUTES_APART,
  MAX_EXPRESSION,
  MAX_EXPRESSIONS,
  nextLocalTime,
} from '../../../src/domain/schedule/cron.ts';
import { issueSentence } from '../../../src/domain/text/localized.ts';
import { inEnglish } from '../../../src/domain/text/sentence.ts';

/** Each problem as a person reads it: its place in the list, and the sentence. */
const problems = (list: readonly string[]): string[] =>
  (cronExpressions.safeParse(list).error?.issues ?? []).map(
    (issue) => `${issue.path.join('.')}: ${inEnglish(issueSentence(issue))}`,
  );

test.each([
  '0 9 * * *',
  '30 6 * * 1-5',
  '*/15 * * * *',
  '*/15 9-17 * * MON-FRI',
  '0,20,40 8-20/2 1,15 JAN,JUL *',
  '0 9 L * *',
  '0 9 1,L * *',
  '0 9 * * mon#1,WED#3',
  '0 9 * * FRIL',
  '0 9 * * 5L',
  '0 9 * * 7',
  '0 9 29 2 *',
  '0 0 1,15 * 5',
  '0 9 31 1-12/2 *',
  '0 9 * * MON#5',
])('%s is an expression', (expression) => {
  expect(problems([expression])).toEqual([]);
});

const fields = 'Write five parts: minute, hour, day of the month, month, day of the week.';

test.each([
  ['nothing', '', 'Enter a cron expression.'],
  ['only spaces', '   ', 'Enter a cron expression.'],
  ['a name', '@daily', 'Write five parts: 0 9 * * * is every day at 09:00. Names like'],
  ['four fields', '0 9 * *', fields],
  ['seconds', '0 0 9 * * *', `${fields} Seconds and years are not possible.`],
  ['years', '0 0 9 * * * 2030', `${fields} Seconds and years are not possible.`],
  ['a word', 'tomorrow', fields],
  ['a minute of 60', '60 9 * * *', 'The first part is the minute: 0 to 59.'],
  ['a hash of Jenkins', 'H 9 * * *', 'The first part is the minute'],
  ['a list with a hole', '0,,30 9 * * *', 'The first part is the minute'],
  ['an hour of 24', '0 24 * * *', 'The second part is the hour: 0 to 23.'],
  ['a range that goes backwards', '0 22-2 * * *', 'The second part is the hour'],
  ['a step of 0', '0 */0 * * *', 'The second part is the hour'],
  ['a day of 32', '0 9 32 * *', 'The third part is the day of the month: 1 to 31'],
  ['a day of 0', '0 9 0 * *', 'The third part is the day of the month'],
  ['the nearest weekday', '0 9 15W * *', 'The third part is the day of the month'],
  ['a question mark', '0 9 ? * 1', 'The third part is the day of the month'],
  ['a month of 13', '0 9 * 13 *', 'The fourth part is the month: 1 to 12'],
  ['a month in another language', '0 9 * MAI *', 'The fourth part is the month'],
  ['a weekday of 8', '0 9 * * 8', 'The fifth part is the day of the week: 0 to 7'],
  ['both days at once', '0 9 * * +MON', 'The fifth part is the day of the week'],
  ['a sixth Monday', '0 9 * * MON#6', 'The fifth part is the day of the week'],
  ['the last of several days', '0 9 * * MON-FRIL', 'The fifth part is the day of the week'],
  ['30 February', '0 9 30 2 *', 'This never happens: no year has such a day.'],
  ['31 days in short months', '0 9 31 2,4,6,9,11 *', 'This never happens'],
  ['every minute', '* * * * *', 'This is too often. Leave at least 15 minutes between two times.'],
  ['every 14 minutes', '*/14 * * * *', 'This is too often'],
  ['50 minutes, then the next hour', '0,50 9-10 * * *', 'This is too often'],
  ['the end of a day and the start of the next', '0,50 0,23 * * *', 'This is too often'],
  ['109 characters', `0 9 ${'1,'.repeat(50)}1 * *`, `Use at most ${MAX_EXPRESSION} characters.`],
])('%s is refused with one sentence', (_, expression, sentence) => {
  expect(problems([expression])).toEqual([expect.stringContaining(`0: ${sentence}`)]);
});

test('spaces are made equal', () => {
  expect(cronExpressions.parse(['  0\t9  * * mon-fri '])).toEqual(['0 9 * * mon-fri']);
});

describe('a list', () => {
  const close = 'This comes less than 15 minutes before or after a time of another expression.';

  test.each<[string, string[], string[]]>([
    ['none', [], [': Enter a cron expression.']],
    ['nine', Array.from({ length: 9 }, (_, n) => `0 ${n} * * *`), [`: Use at most ${MAX_EXPRESSIONS}.`]],
    ['the same twice', ['0 9 * * MON', '0  9 * * mon'], ['1: This expression is in the list twice.']],
    ['the same time by two expressions', ['0 9 * * 1-5', '0 9 1 * *'], []],
    ['two times on other days', ['0 9 * * 1-5', '10 9 * * 0,6'], []],
    ['two times on the same day', ['0 9 * * 1-5', '10 9 * * 5'], [`1: ${close}`]],
    ['two times that meet on 29 February', ['0 9 * * *', '5 9 29 2 *'], [`1: ${close}`]],
    ['two times that meet in 28 years', ['0 9 29 2 *', '5 9 * 2 MON#5'], [`1: ${close}`]],
    ['over midnight', ['50 23 * * 1', '0 0 * * 2'], [`1: ${close}`]],
    ['over midnight, in the other order', ['0 0 * * 2', '50 23 * * 1'], [`1: ${close}`]],
    ['around midnight, on days that do not meet', ['50 23 * * 1', '0 0 * * 1'], []],
    ['15 minutes apart', ['0 9 * * *', '15 9 * * *'], []],
    [
      'an expression that cannot be read, beside good ones',
      ['0 9 * * *', 'x', '0 9 30 2 *'],
      [expect.stringMatching(/^1: Write five/), expect.stringMatching(/^2: This never/)],
    ],
  ])('%s', (_, list, expected) => {
    expect(problems(list)).toEqual(expected);
  });
});

describe('for any list', () => {
  const item = (from: number, to: number) =>
    fc.oneof(
      fc.constant('*'),
      fc.integer({ min: from, max: to }).map(String),
      fc.integer({ min: 2, max: to }).map((step) => `*/${step}`),
      fc.tuple(fc.integer({ min: from, max: to }), fc.nat({ max: 9 })).map(([a, n]) => `${a}-${a + n}`),
    );
  const expression = fc
    .tuple(item(0, 59), item(0, 23), item(1, 31), item(1, 12), item(0, 6))
    .map((parts) => parts.join(' '));
  const lists = fc.array(expression, { minLength: 1, maxLength: 3 });

  test('two times of an accepted list are at least 15 minutes apart', () => {
    let accepted = 0;
    fc.assert(
      fc.property(lists, fc.integer({ min: 0, max: 10_000 }), (list, day) => {
        if (!cronExpressions.safeParse(list).success) return;
        accepted += 1;
        let last = Date.UTC(2025, 0, 1 + day);
        for (let n = 0; n < 20; n += 1) {
          const next = Math.min(...list.map((expression) => nextLocalTime(expression, last)));
          if (n > 0) expect(next - last).toBeGreaterThanOrEqual(LEAST_MINUTES_APART * 60_000);
          last = next;
        }
      }),
      { numRuns: 400 },
    );
    expect(accepted).toBeGreaterThan(20);
  });
});
