/** National numbers, by the steps in docs/identifiers.md. */
import fc from 'fast-check';
import { type CountryCode, getCountries, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import maximal from 'libphonenumber-js/metadata.max.json';
import examples from 'libphonenumber-js/mobile/examples';
import { describe, expect, test } from 'vitest';
import { normalize } from '../src/normalize.ts';
import { e164DigitsIn } from '../src/phone.ts';
import { numberingPlan } from '../src/phone-classes/numbering-plan.ts';

const digitsBy = (toE164Digits: (digits: string) => string | undefined, value: string) => {
  const outcome = normalize(value, { type: 'phone', ifaFormat: 'sha256', toE164Digits });
  return outcome.state === 'hashed' ? outcome.normalForm : outcome;
};
const digits = (value: string, country: string) => digitsBy(e164DigitsIn(country), value);
const notAPhone = { state: 'invalid', reason: 'not_a_phone' };

describe('a national number gets its country code', () => {
  test.each([
    ['090-1234-5678', 'JP', '819012345678'],
    ['０９０ー１２３４ー５６７８', 'JP', '819012345678'],
    ['(0)90-1234-5678', 'JP', '819012345678'],
    ['090-0000-0001', 'JP', '819000000001'],
    ['(03) 1234-5678', 'JP', '81312345678'],
    ['0912-345-678', 'TW', '886912345678'],
    ['081 234 5678', 'TH', '66812345678'],
    ['0812-3456-7890', 'ID', '6281234567890'],
    ['0151 23456789', 'DE', '4915123456789'],
    ['415 555 2671', 'US', '14155552671'],
    ['1 (415) 555-2671', 'US', '14155552671'],
    // Other countries of the same plan.
    ['416 555 0123', 'US', '14165550123'],
    ['07624 369230', 'GB', '447624369230'],
    ['8 912 345-67-89', 'RU', '79123456789'],
    ['06 20 123 4567', 'HU', '36201234567'],
    // The library does not know this number with its prefix, but knows it without.
    ['0321 123 4567', 'CO', '573211234567'],
    // A mobile number of Argentina has a 15 in national form and a 9 in international form.
    ['011 15-2345-6789', 'AR', '5491123456789'],
    // A spreadsheet dropped the 0.
    ['9012345678', 'JP', '819012345678'],
    ['9012345678.0', 'JP', '819012345678'],
    ['15123456789', 'DE', '4915123456789'],
    ['812345678', 'ID', '62812345678'],
    ['44123456', 'XK', '38344123456'],
    // Italy's leading 0 is part of the number.
    ['06 1234 5678', 'IT', '390612345678'],
  ])('%s in %s', (value, country, expected) => expect(digits(value, country)).toBe(expected));
});

describe('a number with the international prefix of the country loses everything before the country code', () => {
  test.each([
    ['010 81 90 1234 5678', 'JP', '819012345678'],
    ['0039 333 123 4567', 'IT', '393331234567'],
  ])('%s in %s', (value, country, expected) => expect(digits(value, country)).toBe(expected));
});

describe('every other number keeps its own digits', () => {
  test.each([
    ['+81 90-1234-5678', 'JP', '819012345678'],
    ['＋８１ 90-1234-5678', 'JP', '819012345678'],
    ['+66 (0)81 234 5678', 'TH', '66812345678'],
    ['+1 415 555 2671', 'JP', '14155552671'],
    ['+090 1234 5678', 'JP', '09012345678'],
    // The country code is already there.
    ['819012345678', 'JP', '819012345678'],
    ['62812345678', 'ID', '62812345678'],
    ['4915123456789', 'DE', '4915123456789'],
    ['38344123456', 'XK', '38344123456'],
    ['14155552671', 'US', '14155552671'],
    ['27821234567', 'ZA', '27821234567'],
    ['4366412345678', 'AT', '4366412345678'],
    ['46701234567', 'SE', '46701234567'],
    ['48512345678', 'PL', '48512345678'],
    ['393123456789', 'IT', '393123456789'],
    ['959212345678', 'MM', '959212345678'],
    ['5351234567', 'CU', '5351234567'],
    ['81 (0)90 1234 5678', 'JP', '8109012345678'],
    // A number of another country.
    ['886912345678', 'JP', '886912345678'],
    ['16505551234', 'CL', '16505551234'],
    // Ten digits, like a Japanese number, but of Singapore.
    ['6591234567', 'JP', '6591234567'],
    // Not a number of the country, and no prefix says that it is one.
    ['812345678901', 'JP', '812345678901'],
    ['0612', 'IT', notAPhone],
  ])('%s in %s', (value, country, expected) => expect(digits(value, country)).toEqual(expected));
});

describe('a value with a national prefix that is not a national number is not a phone number', () => {
  test.each([
    ['0901234', 'JP'],
    ['0000000001', 'JP'],
    ['090-1234-56789', 'JP'],
    ['03-1234-5678 ext. 12', 'JP'],
    ['010-1234-5678', 'JP'],
    ['0812', 'ID'],
    // Dialled from the country to another one. It starts like a national number, and is not one.
    ['0033 6 12 34 56 78', 'DE'],
    ['010 1 415 555 2671', 'JP'],
    ['0000000000', 'JP'],
    ['99999999', 'SG'],
    // Only one digit, repeated, after the country code is added.
    ['0666666666', 'TH'],
    ['8 19012345678', 'RU'],
    ['110', 'JP'],
    ['N/A', 'JP'],
  ])('%s in %s', (value, country) => expect(digits(value, country)).toEqual(notAPhone));
});

/** Always the same numbers. Sometimes two plans use the same digits, and no failure should be random. */
const SEED = 1;

/** Valid numbers of a country without its code: an example, and others that its tables allow. */
function numbersOf(country: CountryCode): string[] {
  const { callingCode, numbers } = numberingPlan(maximal, country);
  // The first pattern is for all numbers. The next ones are for fixed lines and mobiles.
  const made = numbers
    .slice(1, 3)
    .flatMap((source) => fc.sample(fc.stringMatching(new RegExp(`^(?:${source})$`)), { numRuns: 10, seed: SEED }));
  return [examples[country] ?? '', ...made].filter((number) => {
    const digits = callingCode + number;
    const parsed = parsePhoneNumberFromString(`+${digits}`);
    const isUsable = /^[0-9]{7,15}$/.test(digits) && !/^([0-9])\1*$/.test(number);
    return isUsable && parsed?.isValid() && parsed.nationalNumber === number;
  });
}

/** Whether a number without its country code seems to start with that code. Nobody can tell the two apart. */
const isAmbiguous = (number: string, callingCode: string): boolean =>
  number.startsWith(callingCode) && (parsePhoneNumberFromString(`+${number}`)?.isValid() ?? false);

/** In the national form of the library. */
const written = (international: string): string =>
  parsePhoneNumberFromString(`+${international}`)?.format('NATIONAL', { nationalPrefix: true }) ?? '';

test('numbers of every country', { timeout: 300_000 }, () => {
  for (const country of getCountries()) {
    const toE164Digits = e164DigitsIn(country);
    const { callingCode, prefix } = numberingPlan(maximal, country);
    const numbers = numbersOf(country);
    expect(numbers.length, country).toBeGreaterThan(0);
    for (const number of numbers) {
      const international = callingCode + number;
      const as = (value: string) => `${value}: ${JSON.stringify(digitsBy(toE164Digits, value))}`;
      const expected = (value: string) => `${value}: ${JSON.stringify(international)}`;
      const ways = [international, `+${international}`, `+${callingCode} (0)${number}`, `${international}.0`];
      if (prefix) ways.push(prefix + number);
      if (!isAmbiguous(number, callingCode)) {
        ways.push(number);
        // Gabon has two plans at once, and the library formats one of its numbers as another number.
        if (country !== 'GA') ways.push(written(international));
      }
      expect(ways.map(as), country).toEqual(ways.map(expected));
    }
  }
});

test('an unknown country is refused', () => {
  expect(() => e164DigitsIn('XX')).toThrow(RangeError);
  expect(() => e164DigitsIn('jp')).toThrow(RangeError);
});
