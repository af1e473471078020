import { expect, test } from 'vitest';
import { checkNoMatch } from '../../../src/domain/alerts/checks.ts';
import {
  exactEstimate,
  hasMatched,
  hasMatchedNobody,
  isUpperBound,
  leastThatFits,
  MATCHED,
  matchRateOf,
  readEstimate,
  shrinkage,
} from '../../../src/domain/audiences/size.ts';
import { asSentence } from '../../../src/domain/text/sentence.ts';

/** What LINE documents, and what is near to it. */
const estimates = [
  { text: '101', size: 101, exact: 101, nobody: false },
  { text: '0', size: 0, exact: 0, nobody: true },
  { text: '000', size: 0, exact: 0, nobody: true },
  { text: '0120', size: 120, exact: 120, nobody: false },
  { text: '999999999999999', size: 999_999_999_999_999, exact: 999_999_999_999_999, nobody: false },
  { text: '100 or fewer', size: 100, exact: null, nobody: false },
  { text: '-', size: undefined, exact: null, nobody: true },
  // No number, and nobody knows what it means.
  { text: null, size: undefined, exact: null, nobody: false },
  { text: undefined, size: undefined, exact: null, nobody: false },
  { text: '', size: undefined, exact: null, nobody: false },
  { text: ' ', size: undefined, exact: null, nobody: false },
  { text: '1,000', size: undefined, exact: null, nobody: false },
  { text: '1e3', size: undefined, exact: null, nobody: false },
  { text: '-5', size: undefined, exact: null, nobody: false },
  { text: '50 or fewer', size: undefined, exact: null, nobody: false },
  { text: '１００', size: undefined, exact: null, nobody: false },
  { text: '5\n', size: undefined, exact: null, nobody: false },
  { text: '9'.repeat(16), size: undefined, exact: null, nobody: false },
  { text: '9'.repeat(400), size: undefined, exact: null, nobody: false },
];

test.each(estimates)('the estimate $text', ({ text, size, exact, nobody }) => {
  expect(readEstimate(text)?.size).toBe(size);
  expect(exactEstimate(text)).toBe(exact);
  expect(hasMatchedNobody(text)).toBe(nobody);
  expect(hasMatched(text)).toBe(size !== undefined && size > 0);
  expect(new RegExp(MATCHED).test(text ?? '')).toBe(hasMatched(text));
});

test('the match rate needs an exact estimate and members, and is at most 100 %', () => {
  expect(matchRateOf('200', 400)).toBe(0.5);
  expect(matchRateOf('500', 400)).toBe(1);
  expect(matchRateOf('100 or fewer', 400)).toBeNull();
  expect(matchRateOf('', 400)).toBeNull();
  expect(matchRateOf('200', 0)).toBeNull();
  expect(matchRateOf('200', null)).toBeNull();
});

test('the smallest estimate is an upper bound, a larger one a lower bound', () => {
  expect([99, 100, 101].map(isUpperBound)).toEqual([true, true, false]);
});

const line = asSentence('LINE');

test('an alert says that LINE has matched nobody only when LINE says so', () => {
  const [since, now] = [new Date('2026-01-01T00:00:00Z'), new Date('2026-01-03T00:00:00Z')];
  expect(checkNoMatch(line, { status: 'READY', estimate: '-' }, since, now)?.isBroken).toBe(true);
  for (const estimate of ['1,000', '', null]) {
    expect(checkNoMatch(line, { status: 'READY', estimate }, since, now)).toBeUndefined();
    // LINE has given up, so it will match nobody.
    expect(checkNoMatch(line, { status: 'FAILED', estimate }, since, now)?.isBroken).toBe(true);
  }
});

test('the least size that fits is where the guard begins to stop', () => {
  for (const maxShrink of [0, 0.2, 0.3, 0.58, 0.9, 0.99]) {
    for (let before = 1; before <= 400; before++) {
      const least = leastThatFits(before, maxShrink)!;
      expect(shrinkage(before, least, maxShrink), `${before}, ${maxShrink}`).toBe('fits');
      expect(shrinkage(before, least - 1, maxShrink), `${before}, ${maxShrink}`).toBe('shrinks');
    }
  }
  expect(leastThatFits(400, 1)).toBeNull();
});
