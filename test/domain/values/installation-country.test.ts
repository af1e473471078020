/** The country of an installation, from what it knows about where it is. */
import { getCountries, getCountryCallingCode, isSupportedCountry } from 'libphonenumber-js/max';
import { expect, test } from 'vitest';
import { countryOf } from '../../../src/domain/values/installation-country.ts';
import { callingCodeAtStart, callingCodeOf, regions } from '../../../src/domain/values/regions.ts';

test.each([
  ['Asia/Tokyo', 'en', 'JP'],
  ['Asia/Taipei', 'en', 'TW'],
  ['Asia/Bangkok', 'ja', 'TH'],
  ['Asia/Makassar', 'en', 'ID'],
  ['Europe/Berlin', 'en', 'DE'],
  // Both names of one zone.
  ['Asia/Kolkata', 'en', 'IN'],
  ['Asia/Calcutta', 'en', 'IN'],
  ['UTC', 'ja', 'JP'],
  ['Etc/GMT-9', 'zh-TW', 'TW'],
  [null, 'th', 'TH'],
  [null, 'id', 'ID'],
  [null, 'ja-JP', 'JP'],
  // The language of software that nobody has set up.
  [null, 'en', undefined],
  ['UTC', 'en-US', undefined],
])('the time zone %s and the language %s: %s', (timeZone, language, country) => {
  expect(countryOf({ timeZone, language })).toBe(country);
});

test('every time zone of the machine is accepted', () => {
  for (const timeZone of Intl.supportedValuesOf('timeZone').slice(0, 40)) {
    const country = countryOf({ timeZone, language: 'en' });
    if (country !== undefined) expect(isSupportedCountry(country)).toBe(true);
  }
});

test('the calling codes are those of libphonenumber', () => {
  expect(regions.length).toBe(new Set(regions).size);
  for (const country of regions) {
    expect(getCountries()).toContain(country);
    expect(callingCodeOf(country), country).toBe(getCountryCallingCode(country as 'JP'));
  }
});

test('digits begin with at most one calling code', () => {
  const codes = new Set(regions.map((country) => callingCodeOf(country)));
  for (const code of codes) expect(callingCodeAtStart(`${code}0000000`)).toBe(code);
  expect(callingCodeAtStart('09012345678')).toBeUndefined();
});
