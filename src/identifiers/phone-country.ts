/**
 * National phone numbers, made international with a default country. Apart from `normalize.ts`, for its tables take
 * tens of milliseconds to load and most runs do without.
 */
import { isSupportedCountry, parsePhoneNumberFromString as parseStrictly } from 'libphonenumber-js/max';
import { parsePhoneNumberFromString as parseLoosely } from 'libphonenumber-js/min';

/**
 * The converter for one country (ISO 3166-1 alpha-2, upper case): a phone number after NFKC in, its E.164 digits out;
 * `undefined` leaves the number to the plain rule (its own digits).
 *
 * Left alone are numbers with `+` or already in the country-code form, and what is no number of that country. An
 * audience often mixes countries: `6591234567` (Singapore) must stay what it is in an audience of Japan. Hence the
 * full tables must know the number: to the general pattern of the country any ten digits are Japanese. That pattern is
 * enough only after a leading 0, which says *national*.
 * @throws {RangeError} for a country that has no numbering plan
 */
export function e164DigitsIn(country: string): (phone: string) => string | undefined {
  if (!isSupportedCountry(country))
    throw new RangeError(`no phone numbering plan is known for country ${country}`);
  return (phone) => {
    if (phone.includes('+')) return undefined;
    const digits = phone.replace(/[^0-9]+/g, '');
    let parsed = parseStrictly(phone, country);
    if (!parsed?.isValid() && digits.startsWith('0')) parsed = parseLoosely(phone, country);
    if (!parsed?.isValid()) return undefined;
    const { countryCallingCode, nationalNumber } = parsed;
    const hasCountryCode =
      digits.startsWith(countryCallingCode) &&
      digits.length >= countryCallingCode.length + nationalNumber.length;
    return hasCountryCode ? undefined : countryCallingCode + nationalNumber;
  };
}
