/**
 * Phone numbers without `+`, made international with a default country (docs/identifiers.md, "National numbers"). Apart
 * from `normalize.ts`, for its tables take tens of milliseconds to load and most runs do without.
 */
import {
  isSupportedCountry,
  type PhoneNumber,
  parsePhoneNumberFromString as parse,
} from 'libphonenumber-js/max';
import tables from 'libphonenumber-js/metadata.max.json';
import { parsePhoneNumberFromString as parseLoosely } from 'libphonenumber-js/min';
import { numberingPlan } from './phone-classes/numbering-plan.ts';

/**
 * The converter for one country (ISO 3166-1 alpha-2, upper case): the digits of a number that was written without `+` in,
 * the digits that LINE is sent out; `undefined` for what was read as a national number and cannot be one.
 *
 * An audience often mixes countries, and `6591234567` (Singapore) must stay what it is in an audience of Japan. So the
 * full tables must know a number before it is changed: to the general pattern of the country any ten digits are Japanese.
 * That pattern is enough only behind the national prefix, which says *national*.
 *
 * @throws {RangeError} for a country that has no numbering plan
 * @example
 * import { normalize } from '@lineup/identifiers';
 * import { e164DigitsIn } from '@lineup/identifiers/phone';
 *
 * const toE164Digits = e164DigitsIn('JP');
 * const outcome = normalize('090-1234-5678', { type: 'phone', toE164Digits });
 * if (outcome.state === 'hashed') console.log(outcome.normalForm); // 819012345678
 */
export function e164DigitsIn(country: string): (digits: string) => string | undefined {
  if (!isSupportedCountry(country))
    throw new RangeError(`no phone numbering plan is known for country ${country}`);
  const { callingCode, prefix } = numberingPlan(tables, country);
  const own = (number: PhoneNumber | undefined) =>
    number?.countryCallingCode === callingCode ? number : undefined;
  return (digits) => {
    const whole = valid(parse(digits, country));
    if (prefix && digits.startsWith(prefix)) {
      const rest = digits.slice(prefix.length);
      if (own(whole)) return e164(whole);
      if (valid(parse(`+${callingCode}${rest}`))?.nationalNumber === rest) return callingCode + rest;
      return e164(own(valid(parseLoosely(digits, country))));
    }
    if (digits.startsWith(callingCode) && valid(parse(`+${digits}`))) return digits;
    return e164(own(whole)) ?? digits;
  };
}

const valid = (number: PhoneNumber | undefined): PhoneNumber | undefined =>
  number?.isValid() ? number : undefined;

const e164 = (number: PhoneNumber | undefined): string | undefined =>
  number && number.countryCallingCode + number.nationalNumber;
