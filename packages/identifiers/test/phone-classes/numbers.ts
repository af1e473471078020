/** Phone numbers of a country, in usual and unusual forms. */
import fc from 'fast-check';
import type { CountryCode } from 'libphonenumber-js/core';
import examples from 'libphonenumber-js/mobile/examples';
import type { NumberClasses } from '../../src/phone-classes/class-rules.ts';

const digits = (minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength, maxLength, size: 'max' });

/** Characters that are skipped, characters that are not, and those that the kernel leaves to the reference. */
const between = fc.oneof(
  { weight: 40, arbitrary: fc.constant('') },
  { weight: 15, arbitrary: fc.constantFrom('-', ' ', '.', '/', '(', ')', ' - ', ') ') },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      ...['+', '(0)', '.0', 'E+1', ',', ';', '#', '~', 'x', 'ext', '\t', '*', '０', '٣', 'ー', '½', '\u200b'],
    ),
  },
);

/** The shortest string of digits that leads to each state. */
export function digitsToStates({ next }: NumberClasses): string[] {
  const ways = new Map([[0, '']]);
  for (const [state, way] of ways) {
    for (let digit = 0; digit < 10; digit++) {
      const after = next[state * 16 + digit]!;
      if (!ways.has(after)) ways.set(after, way + digit);
    }
  }
  return [...ways.values()];
}

/** Numbers near the patterns of the country, with and without prefixes, and invalid text. */
export function phoneNumber(country: CountryCode, classes: NumberClasses): fc.Arbitrary<string> {
  const { callingCode } = classes;
  const before = fc.constantFrom('', '', '', '0', '1', '8', '00', '010', callingCode, callingCode, `${callingCode}0`);
  const example = fc.constantFrom(examples[country] ?? '', examples[country]?.slice(0, 5) ?? '');
  const number = fc.oneof(
    fc.tuple(fc.constantFrom(...digitsToStates(classes)), digits(0, 9)),
    fc.tuple(before, example, digits(0, 6)),
    fc.tuple(before, digits(0, 18)),
  );
  return fc
    .tuple(
      number,
      fc.array(fc.tuple(fc.nat(12), digits(1, 1)), { maxLength: 3 }),
      fc.array(between, { maxLength: 16 }),
      fc.nat(4),
    )
    .map(([parts, changes, marks, width]) => {
      const all = [...parts.join('')];
      for (const [place, digit] of changes) if (place < all.length) all[place] = digit;
      const text = all.map((digit, place) => (marks[place] ?? '') + digit).join('') + (marks[all.length] ?? '');
      return width === 0 ? fullWidth(text) : text;
    });
}

/** In the form of Japanese input fields. */
function fullWidth(text: string): string {
  return text
    .replace(/[!-~]/g, (character) => String.fromCharCode(character.charCodeAt(0) + 0xfee0))
    .replaceAll('\uff0d', 'ー');
}
