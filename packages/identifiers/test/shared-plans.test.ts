/**
 * docs/identifiers.md says for which countries the general pattern of national numbers is enough. The code decides the
 * same.
 */
import { readFileSync } from 'node:fs';
import { type CountryCode, getCountries, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import metadata from 'libphonenumber-js/metadata.max.json';
import { describe, expect, test } from 'vitest';
import { e164DigitsIn } from '../src/phone.ts';
import { numberingPlan } from '../src/phone-classes/numbering-plan.ts';

const page = readFileSync(new URL('../../../docs/identifiers.md', import.meta.url), 'utf8');
/** A row of the page: the calling code, the countries that need a known range, and those that do not. */
const rows = [...page.matchAll(/^\| \+(\d+) \| ([A-Z ]+?) \| ([A-Z ]*)\|$/gm)].map(
  ([, code = '', strict = '', loose = '']) => ({
    code,
    strict: strict.split(' ') as CountryCode[],
    loose: loose.split(' ').filter(Boolean) as CountryCode[],
  }),
);

const plans: Record<string, readonly string[]> = metadata.country_calling_codes;
const prefixOf = (country: CountryCode) => numberingPlan(metadata, country).prefix;

/** National numbers that fit the general pattern of the country, and no range that libphonenumber knows. */
function unassigned(country: CountryCode): string[] {
  const { callingCode, prefix, numbers, leadingDigits } = numberingPlan(metadata, country);
  const fits = new RegExp(`^(?:${numbers[0]})$`);
  const others = (plans[callingCode] ?? []).map((country) => numberingPlan(metadata, country).leadingDigits);
  const found: string[] = [];
  // The same numbers each time: a step that visits all digits.
  for (let n = 0, rest = 12_345; n < 60_000 && found.length < 50; n++) {
    rest = (rest * 48_271) % 2_147_483_647;
    const digits = `${rest}${rest}`.slice(0, 6 + (n % 5));
    if (!fits.test(digits)) continue;
    // First digits of another country are its own business.
    if (leadingDigits === '' && others.some((lead) => lead && new RegExp(`^(?:${lead})`).test(digits))) continue;
    if (parsePhoneNumberFromString(`+${callingCode}${digits}`)?.isValid()) continue;
    if (parsePhoneNumberFromString(prefix + digits, country)?.isValid()) continue;
    found.push(digits);
  }
  return found;
}

test('the page has every country of the five plans', () => {
  expect(rows.map(({ code }) => code)).toEqual(['1', '44', '61', '262', '590']);
  for (const { code, strict, loose } of rows) {
    expect([...strict, ...loose].sort(), `+${code}`).toEqual([...plans[code]!].sort());
  }
});

describe.each(rows)('+$code', ({ code, strict, loose }) => {
  test.each(strict)('a national number of %s must be in a known range', (country) => {
    const toE164Digits = e164DigitsIn(country);
    const numbers = unassigned(country);
    expect(numbers.length).toBeGreaterThan(10);
    for (const number of numbers) expect(toE164Digits(prefixOf(country) + number), number).toBeUndefined();
  });

  if (loose.length === 0) return;
  test.each(loose)('the general pattern is enough for a national number of %s', (country) => {
    const toE164Digits = e164DigitsIn(country);
    const numbers = unassigned(country);
    for (const number of numbers) expect(toE164Digits(prefixOf(country) + number), number).toBe(code + number);
  });
});

test('an example of the page: 0101 234 5678', () => {
  expect(e164DigitsIn('GB')('01012345678')).toBeUndefined();
  expect(e164DigitsIn('JP')('09000000001')).toBe('819000000001');
  expect(e164DigitsIn('US')('17587559711')).toBe('17587559711');
});

test('in the other shared plans with a national prefix, the general pattern is enough', () => {
  const others = getCountries().filter((country) => {
    const { callingCode } = numberingPlan(metadata, country);
    return (plans[callingCode] ?? []).length > 1 && !rows.some(({ code }) => code === callingCode) && prefixOf(country);
  });
  expect([...new Set(others.map((country) => numberingPlan(metadata, country).callingCode))].sort()).toEqual([
    '212',
    '358',
    '7',
  ]);
  for (const country of others) {
    const { callingCode } = numberingPlan(metadata, country);
    const toE164Digits = e164DigitsIn(country);
    for (const number of unassigned(country)) {
      expect(toE164Digits(prefixOf(country) + number), `${country} ${number}`).toBe(callingCode + number);
    }
  }
});
