/**
 * Phone numbers without `+`, made international with a default country (docs/identifiers.md, "National numbers"). This
 * is apart from the other rules because the tables of all countries have some 360 kB and take tens of milliseconds to
 * load.
 */
import { isSupportedCountry, type PhoneNumber, parsePhoneNumberFromString as parse } from 'libphonenumber-js/max';
import tables from 'libphonenumber-js/metadata.max.json';
import { parsePhoneNumberFromString as parseLoosely } from 'libphonenumber-js/min';
import { type NumberClasses, oncePerClass } from './phone-classes/class-rules.ts';
import { numberClassesIn } from './phone-classes/number-classes.ts';
import { numberingPlan } from './phone-classes/numbering-plan.ts';

export type { NumberClasses } from './phone-classes/class-rules.ts';

/**
 * Makes the converter of one country (ISO 3166-1 alpha-2, upper case). The converter takes the digits of a number that
 * was written without `+`, and gives the digits for LINE. It gives `undefined` for a national number that cannot exist.
 *
 * An audience often mixes countries, and `6591234567` (Singapore) must not change in an audience of Japan. So a number
 * changes only when the full tables know it: by the general pattern of Japan, any ten digits are Japanese. The general
 * pattern is enough only after the national prefix, which shows that the number is national, and not in some plans that
 * several countries share (docs/identifiers.md, "Shared plans").
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
  if (!isSupportedCountry(country)) throw new RangeError(`no phone numbering plan is known for country ${country}`);
  const { callingCode, prefix } = numberingPlan(tables, country);
  const own = (number: PhoneNumber | undefined) => (number?.countryCallingCode === callingCode ? number : undefined);
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

const valid = (number: PhoneNumber | undefined): PhoneNumber | undefined => (number?.isValid() ? number : undefined);

const e164 = (number: PhoneNumber | undefined): string | undefined =>
  number && number.countryCallingCode + number.nationalNumber;

/**
 * The options of a bulk hasher for the phone numbers of one country.
 *
 * @example
 * import { type PhoneCountry, phonesIn } from '@lineup/identifiers/phone';
 *
 * const japan: PhoneCountry = phonesIn('JP');
 * console.log(japan.toE164Digits('09012345678')); // 819012345678
 */
export interface PhoneCountry {
  /**
   * Does the same as the converter of `e164DigitsIn`, but faster: it asks the tables about one number of each class.
   */
  readonly toE164Digits: (digits: string) => string | undefined;
  /** The classes of the country's numbers. */
  readonly numberClasses?: NumberClasses;
}

/**
 * Prepares many phone numbers of one country (ISO 3166-1 alpha-2, upper case). Spread the result into the options of a
 * bulk hasher. The preparation takes up to a second; after it, the hasher converts millions of numbers a second. For
 * single values `e164DigitsIn` is enough.
 *
 * @throws {RangeError} for a country that has no numbering plan
 * @example
 * import { BulkHasher } from '@lineup/identifiers/bulk';
 * import { phonesIn } from '@lineup/identifiers/phone';
 *
 * const hasher = await BulkHasher.create({ type: 'phone', ...phonesIn('JP') });
 * const lines = hasher.write(new TextEncoder().encode('090-1234-5678\n'));
 * console.log(new TextDecoder().decode(lines)); // the hash of 819012345678
 */
export function phonesIn(country: string): PhoneCountry {
  const toE164Digits = e164DigitsIn(country);
  const numberClasses = numberClassesIn(country);
  if (!numberClasses) return { toE164Digits };
  return { toE164Digits: oncePerClass(toE164Digits, numberClasses), numberClasses };
}
