/** The pattern of a set of strings of digits matches these strings, and no others. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Language, Languages } from '../../src/phone-classes/digit-language.ts';
import { patternOfLanguage } from '../../src/phone-classes/language-pattern.ts';

const digits = [...'0123456789'];

/** All strings of at most three digits. */
const universe = ['', ...digits].flatMap((prefix, n) =>
  n === 0
    ? [prefix]
    : ['', ...digits.flatMap((two) => ['', ...digits].map((three) => two + three))].map((rest) => prefix + rest),
);

function languageOf(strings: ReadonlySet<string>, languages: Languages, start = ''): Language {
  const after = start.length < 3 ? digits.map((digit) => languageOf(strings, languages, start + digit)) : [];
  return languages.of(strings.has(start), after);
}

const patternOf = (strings: Iterable<string>) => patternOfLanguage(languageOf(new Set(strings), new Languages()));

test('any set', () => {
  expect(universe.length).toBe(1111);
  const some = fc.array(fc.constantFrom(...universe), { maxLength: 300, size: 'max' });
  // Sets of a few digits and lengths have parts in common, as the numbers of a country have.
  const alike = fc
    .array(fc.tuple(fc.subarray(digits), fc.subarray(digits), fc.subarray(['', ...digits])), { maxLength: 4 })
    .map((parts) =>
      parts.flatMap(([ones, twos, threes]) => ones.flatMap((a) => twos.flatMap((b) => threes.map((c) => a + b + c)))),
    );
  fc.assert(
    fc.property(fc.oneof(some, alike), fc.boolean(), (strings, withEmpty) => {
      const wanted = new Set(withEmpty ? [...strings, ''] : strings);
      const pattern = patternOf(wanted);
      const whole = pattern === undefined ? undefined : new RegExp(`^(?:${pattern})$`);
      expect(universe.filter((text) => whole?.test(text))).toEqual(universe.filter((text) => wanted.has(text)));
    }),
    { numRuns: 200, seed: 1 },
  );
});

test.each([
  [[], undefined],
  [[''], ''],
  [['7'], '7'],
  [['', '7'], '7?'],
  [['2', '4', '5', '7', '8', '9'], '[2457-9]'],
  [['12', '13', '82', '83'], '[18][23]'],
  [['1', '12', '13'], '1[23]?'],
  [['012', '12', ''], '((1|01)2)?'],
])('%j is %s', (strings, pattern) => expect(patternOf(strings)).toBe(pattern));

test.each([
  [[1], '[0-9]'],
  [[0, 1], '[0-9]?'],
  [[2, 3], '[0-9]{2,3}'],
  [[0, 1, 2, 3], '[0-9]{0,3}'],
  [[1, 3], '([0-9]|[0-9]{3})'],
  [[0, 2], '([0-9]{2})?'],
])('all strings of lengths %j are %s', (lengths, pattern) =>
  expect(patternOf(universe.filter((text) => lengths.includes(text.length)))).toBe(pattern),
);

test('the longest strings', () => {
  const languages = new Languages();
  expect(patternOfLanguage(languages.all(31))).toBe('[0-9]{0,31}');
});
