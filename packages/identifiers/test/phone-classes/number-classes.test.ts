/** The result for a class is valid for each of its numbers: with and without classes the results are the same. */
import fc from 'fast-check';
import { type CountryCode, getCountries } from 'libphonenumber-js/max';
import { describe, expect, test } from 'vitest';
import { e164DigitsIn } from '../../src/phone.ts';
import { type NumberClasses, oncePerClass, Rule } from '../../src/phone-classes/class-rules.ts';
import { numberClassesIn } from '../../src/phone-classes/number-classes.ts';
import { record, runKernel, runModel, unlimited } from '../support.ts';
import { digitsToStates, phoneNumber } from './numbers.ts';

const made = new Map<CountryCode, NumberClasses>();

function classesOf(country: CountryCode): NumberClasses {
  const classes = made.get(country) ?? numberClassesIn(country);
  if (!classes) throw new Error(`no classes for ${country}`);
  made.set(country, classes);
  return classes;
}

/** The reference is asked once about each number, although the number is compared twice. */
function remembered(toE164Digits: (digits: string) => string | undefined) {
  const known = new Map<string, string | undefined>();
  return (digits: string) => {
    if (!known.has(digits)) known.set(digits, toE164Digits(digits));
    return known.get(digits);
  };
}

function expectAgreement(country: CountryCode, numberClasses: NumberClasses, phones: readonly string[]): void {
  const toE164Digits = remembered(e164DigitsIn(country));
  const digits = phones.map((phone) => phone.normalize('NFKC').replace(/[^0-9]+/g, ''));
  expect(digits.map(oncePerClass(toE164Digits, numberClasses))).toEqual(digits.map(toE164Digits));

  const options = { type: 'phone', ifaFormat: 'sha256', marked: false, ...unlimited, toE164Digits } as const;
  const stream = Buffer.concat(phones.map((phone) => record(phone)));
  expect(runKernel({ ...options, numberClasses }, [stream])).toEqual(runModel(options, stream));

  const presumed = { ...options, toE164Digits: undefined, presumedCountry: { toE164Digits, numberClasses } };
  expect(runKernel(presumed, [stream])).toEqual(runModel(presumed, stream));
}

test('classes agree with the reference on numbers in every country', { timeout: 300_000 }, () => {
  for (const country of getCountries()) {
    const classes = classesOf(country);
    // Many at a time, because the first number of a class decides for the later ones.
    const phones = fc.array(phoneNumber(country, classes), { minLength: 30, maxLength: 40, size: 'max' });
    fc.assert(
      // The country is part of the values, so that a failure shows it.
      fc.property(fc.constant(country), phones, (country, all) => expectAgreement(country, classes, all)),
      { numRuns: 1, interruptAfterTimeLimit: 60_000 },
    );
  }
});

describe('every class of a market, with two numbers or more', { timeout: 120_000 }, () => {
  test.each([
    ['JP', 1],
    ['TW', 1],
    ['TH', 1],
    ['ID', 1],
    ['SG', 1],
    // Twenty-five countries share this plan, so every tenth class is enough.
    ['US', 10],
  ] as const)('%s', (country, each) => {
    const classes = classesOf(country);
    const ways = digitsToStates(classes).filter((_, n) => n % each === 0);
    const phones = ways.flatMap((way) =>
      ['', '5', '07', '618', '2093', '84720', '391746', '0000000', '99999999'].flatMap((rest) => {
        const other = [...rest].map((digit) => (Number(digit) * 7 + 3) % 10).join('');
        return [way + rest, way + other];
      }),
    );
    expectAgreement(country, classes, phones);
  });
});

test('classes decide numbers in the usual forms of the markets', () => {
  const written: [CountryCode, string[]][] = [
    ['JP', ['090-1234-5678', '03 1234 5678', '(0120) 123456', '9012345678', '819012345678']],
    ['TW', ['0912-345-678', '02 2345 6789', '912345678', '886912345678']],
    ['TH', ['081 234 5678', '02-123-4567', '812345678', '66812345678']],
    ['ID', ['0812-3456-7890', '(021) 1234567', '6281234567890']],
    ['KR', ['010-1234-5678']],
    ['US', ['(415) 555-2671', '1.415.555.2671']],
    ['SG', ['9123 4567', '6591234567']],
    ['GB', ['07911 123456']],
    // In the plan of no country.
    ['JP', ['6591234567', '0000000000']],
  ];
  for (const [country, phones] of written) {
    const classes = classesOf(country);
    for (const phone of phones) {
      const digits = phone.replace(/[^0-9]/g, '');
      const state = [...digits].reduce((from, digit) => classes.next[from * 16 + Number(digit)]!, 0);
      expect(classes.rules[state * 32 + digits.length], `${phone} in ${country}`).toBe(Rule.Unknown);
    }
  }
});

test('a number without a class is no national number of the presumed country', () => {
  // In Belarus 8 and 80 come before a national number, so only libphonenumber can tell what 80 begins.
  expectAgreement('BY', classesOf('BY'), ['8000000', '80000000', '8082000', '294911911']);
});

test('a country without a plan has no classes', () => {
  expect(numberClassesIn('XX')).toBeUndefined();
});
