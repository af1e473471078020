/** The patterns of a country give the answer of libphonenumber, or none. */
import fc from 'fast-check';
import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import maximal from 'libphonenumber-js/metadata.max.json';
import examples from 'libphonenumber-js/mobile/examples';
import { describe, expect, test } from 'vitest';
import { e164DigitsIn } from '../../src/phone.ts';
import { type NumberPatterns, numberPatternsIn } from '../../src/phone-classes/class-patterns.ts';
import { numberClassesIn } from '../../src/phone-classes/number-classes.ts';
import { numberingPlan } from '../../src/phone-classes/numbering-plan.ts';
import { digitsToStates } from './numbers.ts';

const made = new Map<CountryCode, NumberPatterns>();

function patternsOf(country: CountryCode): NumberPatterns {
  const patterns = made.get(country) ?? numberPatternsIn(country);
  if (!patterns) throw new Error(`no patterns for ${country}`);
  made.set(country, patterns);
  return patterns;
}

const all = ({ replaced, notAPhone, ownDigits }: NumberPatterns): string[] =>
  [...replaced.values(), notAPhone, ownDigits].filter((pattern) => pattern !== undefined);

const matcher = (pattern: string | undefined): ((digits: string) => boolean) => {
  const whole = pattern === undefined ? undefined : new RegExp(`^(?:${pattern})$`);
  return (digits) => whole?.test(digits) ?? false;
};

const UNJUDGED = 'unjudged';

/** As a database does it. */
function judgeOf({ callingCode, replaced, notAPhone, ownDigits }: NumberPatterns) {
  const replacing = [...replaced].map(([count, pattern]) => [count, matcher(pattern)] as const);
  const isNoPhone = matcher(notAPhone);
  const keepsDigits = matcher(ownDigits);
  return (digits: string): string | undefined => {
    const counts = replacing.filter(([, matches]) => matches(digits)).map(([count]) => count);
    if (counts.length > 1) throw new Error(`${digits} loses ${counts.join(' and ')} digits`);
    if (counts[0] !== undefined) return callingCode + digits.slice(counts[0]);
    if (isNoPhone(digits)) return undefined;
    return keepsDigits(digits) ? digits : UNJUDGED;
  };
}

const digits = (minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength, maxLength, size: 'max' });

/**
 * Digits in usual and unusual forms: near the classes and examples, with prefixes, with codes of carriers, too long.
 */
function numberIn(country: CountryCode): fc.Arbitrary<string> {
  const classes = numberClassesIn(country);
  if (!classes) throw new Error(`no classes for ${country}`);
  const { callingCode, prefix } = numberingPlan(maximal, country);
  const example = examples[country] ?? '';
  const before = fc.constantFrom(
    ...['', '', prefix, callingCode, callingCode + prefix, prefix + callingCode, prefix + prefix],
    ...'0 1 8 00 001 010 011 015 0031 00700'.split(' '),
    ...[`00${callingCode}`, `010${callingCode}`],
  );
  const repeated = fc.tuple(fc.constantFrom(...'0123456789'), fc.nat(40));
  const number = fc.oneof(
    { weight: 6, arbitrary: fc.tuple(fc.constantFrom(...digitsToStates(classes)), digits(0, 12)) },
    { weight: 3, arbitrary: fc.tuple(before, fc.constantFrom(example, example.slice(0, 5)), digits(0, 6)) },
    { weight: 2, arbitrary: fc.tuple(before, digits(0, 25)) },
    { weight: 1, arbitrary: repeated.map(([digit, count]) => [digit.repeat(count)]) },
  );
  return fc.tuple(number, fc.array(fc.tuple(fc.nat(12), digits(1, 1)), { maxLength: 2 })).map(([parts, changes]) => {
    const text = [...parts.join('')];
    for (const [place, digit] of changes) if (place < text.length) text[place] = digit;
    return text.join('');
  });
}

function expectAgreement(country: CountryCode, numbers: readonly string[]): void {
  const judge = judgeOf(patternsOf(country));
  const toE164Digits = e164DigitsIn(country);
  const judged = numbers.filter((number) => judge(number) !== UNJUDGED);
  expect(judged.length).toBeGreaterThan(numbers.length / 2);
  for (const number of judged) expect(judge(number), `${number} in ${country}`).toBe(toE164Digits(number));
}

const markets = ['JP', 'TW', 'TH', 'ID'] as const;
const others = [
  'US',
  'DE',
  'KR',
  'VN',
  'GB',
  'IT',
  'BR',
  'MX',
  'AR',
  'SG',
  'HK',
  'PH',
  'MY',
  'IN',
  'RU',
  'KZ',
  'AU',
] as const;

test.each([...markets, ...others])('numbers in %s', (country) =>
  expectAgreement(country, fc.sample(numberIn(country), { numRuns: 500, seed: 1 })),
);

/** Always the same valid numbers of a country, without its code, of each kind that its tables have. */
function validNumbers(country: CountryCode): string[] {
  const { callingCode, numbers } = numberingPlan(maximal, country);
  const made = numbers
    .slice(1)
    .flatMap((source) => fc.sample(fc.stringMatching(new RegExp(`^(?:${source})$`)), { numRuns: 50, seed: 1 }));
  return made.filter((number) => {
    const parsed = parsePhoneNumberFromString(`+${callingCode}${number}`);
    return parsed?.isValid() && parsed.nationalNumber === number;
  });
}

describe('every valid number of a market is judged', () => {
  test.each(markets)('%s', (country) => {
    const judge = judgeOf(patternsOf(country));
    const { abroad, callingCode, prefix } = numberingPlan(maximal, country);
    // Free numbers of Thailand begin with 001800. Without the prefix they look like a number that is dialled abroad.
    const dialledAbroad = new RegExp(`^(?:${abroad})`);
    const numbers = validNumbers(country);
    const bare = numbers.filter((number) => !dialledAbroad.test(number));
    expect(bare.length).toBeGreaterThan(100);
    for (const number of numbers) {
      const international = callingCode + number;
      expect([prefix + number, international].map(judge)).toEqual([international, international]);
    }
    for (const number of bare) expect(judge(number), number).toBe(e164DigitsIn(country)(number));
  });
});

test.each([
  ['JP', '09012345678', '819012345678'],
  ['JP', '9012345678', '819012345678'],
  ['JP', '819012345678', '819012345678'],
  ['JP', '6591234567', '6591234567'],
  ['JP', '0901234', undefined],
  ['JP', '0000000000', undefined],
  ['JP', '', ''],
  ['TW', '0912345678', '886912345678'],
  ['TH', '0812345678', '66812345678'],
  ['ID', '081234567890', '6281234567890'],
  ['US', '4155552671', '14155552671'],
  ['US', '14155552671', '14155552671'],
  ['RU', '89123456789', '79123456789'],
  // Longer than any class.
  ['JP', '9'.repeat(32), UNJUDGED],
  // Dialled from Germany to another country, and a number that the library rewrites.
  ['DE', '0033612345678', UNJUDGED],
  ['AR', '0111523456789', UNJUDGED],
] as const)('%s %s', (country, number, expected) => expect(judgeOf(patternsOf(country))(number)).toBe(expected));

describe('patterns that every database reads in the same way', () => {
  test.each([...markets, 'US', 'DE', 'AR', 'GB'] as const)('%s', (country) => {
    for (const pattern of all(patternsOf(country))) {
      const shape = pattern
        .replace(/\[(?:[0-9](?:-[0-9])?)+\]/g, '0')
        .replace(/[0-9](?:\{[0-9]{1,2}(?:,[0-9]{1,2})?\})?/g, '0');
      expect(shape).toMatch(/^[0(|)?]+$/);
      // No special groups, no empty alternatives, nothing that makes `?` or a number mean something else.
      expect(shape).not.toMatch(/^[|?]|\|$|\(\?|\(\||\|\||\|\?|\|\)|\(\)|\?\?/);
      expect(pattern).not.toContain('}?');
    }
  });
});

test.each(['AR', 'JE', 'US', 'TT'] as const)('even the long patterns of %s are not too long', (country) =>
  expect(all(patternsOf(country)).length).toBeLessThanOrEqual(5),
);

test.each([
  ['JP', 1500],
  ['TW', 1500],
  ['TH', 500],
  ['ID', 4000],
] as const)('the patterns of %s are short', (country, most) =>
  expect(all(patternsOf(country)).join('').length).toBeLessThan(most),
);

test('a country without a plan has no patterns', () => {
  expect(numberPatternsIn('XX')).toBeUndefined();
});
