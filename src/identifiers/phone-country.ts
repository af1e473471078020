/**
 * National phone numbers, made international with a default country. Apart from `normalize.ts`, for its tables take
 * tens of milliseconds to load and most runs do without.
 */
import { isSupportedCountry, isValidPhoneNumber } from 'libphonenumber-js/max';
import { parsePhoneNumberFromString } from 'libphonenumber-js/min';

/**
 * The converter for one country (ISO 3166-1 alpha-2, upper case): a phone number after NFKC in, its E.164 digits out;
 * `undefined` leaves the number to the plain rule (its own digits).
 *
 * Left alone are numbers with `+` or already in the country-code form, and what is no number of that country. An
 * audience often mixes countries: `6591234567` (Singapore) must stay what it is in an audience of Japan. A leading 0
 * says *national*, so that the general pattern of the country is enough; without it the full tables must know the
 * number, for to the general pattern any ten digits are Japanese.
 * @throws {RangeError} for a country that has no numbering plan
 */
export function e164DigitsIn(country: string): (phone: string) => string | undefined {
  if (!isSupportedCountry(country))
    throw new RangeError(`no phone numbering plan is known for country ${country}`);
  return (phone) => {
    if (phone.includes('+')) return undefined;
    const parsed = parsePhoneNumberFromString(phone, country);
    if (!parsed?.isValid()) return undefined;
    const digits = phone.replace(/[^0-9]+/g, '');
    if (!digits.startsWith('0') && !isValidPhoneNumber(phone, country)) return undefined;
    const { countryCallingCode, nationalNumber } = parsed;
    const hasCountryCode =
      digits.startsWith(countryCallingCode) &&
      digits.length >= countryCallingCode.length + nationalNumber.length;
    return hasCountryCode ? undefined : countryCallingCode + nationalNumber;
  };
}
