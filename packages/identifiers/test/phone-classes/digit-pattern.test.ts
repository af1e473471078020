/** Patterns of digits mean the same as in JavaScript’s regular expressions. */
import fc from 'fast-check';
import maximal from 'libphonenumber-js/metadata.max.json';
import { describe, expect, test } from 'vitest';
import { automaton } from '../../src/phone-classes/automaton.ts';
import { matched, pattern } from '../../src/phone-classes/digit-pattern.ts';
import { numberingPlan } from '../../src/phone-classes/numbering-plan.ts';

/** The strings of digits that the pattern matches completely. */
function matcherOf(source: string): (digits: string) => boolean {
  const end = matched();
  const { next, states } = automaton(pattern(source, [end], [end]), () => false, 10_000);
  return (digits) => states[[...digits].reduce((state, digit) => next[state * 16 + Number(digit)]!, 0)]!.has(end);
}

/**
 * All digits that continue a match, shuffled. They give strings that reach far into a pattern, with some wrong digits.
 */
const choices = fc.array(fc.nat(99), { minLength: 20, maxLength: 20 });

const plans = Object.keys(maximal.countries).map((country) => numberingPlan(maximal, country));
const sources = [
  ...new Set(plans.flatMap((plan) => [plan.abroad, ...plan.numbers, plan.prefixPattern, plan.leadingDigits])),
].filter(Boolean);

test('all patterns of all countries agree', { timeout: 120_000 }, () => {
  expect(sources.length).toBeGreaterThan(1000);
  for (const source of sources) {
    const end = matched();
    const { next, states } = automaton(pattern(source, [end], [end]), () => false, 10_000);
    const expression = new RegExp(`^(?:${source})$`);
    fc.assert(
      fc.property(choices, (all) => {
        let state = 0;
        let digits = '';
        for (const choice of all) {
          if (states[state]!.has(end) !== expression.test(digits)) throw new Error(`${digits} of ${source}`);
          const alive = [...'0123456789'].filter((digit) => states[next[state * 16 + Number(digit)]!]!.size > 0);
          const digit = choice < 90 && alive.length > 0 ? alive[choice % alive.length]! : String(choice % 10);
          state = next[state * 16 + Number(digit)]!;
          digits += digit;
        }
      }),
      { numRuns: 10 },
    );
  }
});

describe('each construct', () => {
  test.each([
    ['12', ['12'], ['', '1', '122']],
    ['[2-57]', ['2', '4', '5', '7'], ['1', '6', '8']],
    ['[\\d]\\d', ['00', '99'], ['0']],
    ['1|23|', ['1', '23', ''], ['2', '123']],
    ['(?:1|(2))3?', ['1', '13', '2', '23'], ['3', '12']],
    ['1{2}2{0,2}', ['11', '112', '1122'], ['1', '11222']],
    ['(12$|1)3?', ['12', '1', '13'], ['123']],
  ])('%s', (source, those, others) => {
    const matches = matcherOf(source);
    for (const digits of [...those, ...others]) {
      expect(new RegExp(`^(?:${source})$`).test(digits)).toBe(those.includes(digits));
      expect(matches(digits), digits).toBe(those.includes(digits));
    }
  });
});

test.each(['a', '1+', '1*', '[^1]', '[1', '(?=1)', '(1', '1)', '{2}', '1{2,}', '.', '\\D', '\\1', '^1', '1$'])(
  '%s is not a pattern of digits',
  (source) => expect(() => pattern(source, [matched()])).toThrow(SyntaxError),
);
