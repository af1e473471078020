/** National phone numbers, made international. Apart from the rest for its tables of every country: some 360 kB. */
import { type NumberClasses, oncePerClass } from './phone-classes/class-rules.ts';
import { numberClassesIn } from './phone-classes/number-classes.ts';
import { e164DigitsIn } from './phone-country.ts';

export type { NumberClasses } from './phone-classes/class-rules.ts';
export { e164DigitsIn } from './phone-country.ts';

/**
 * What a bulk hasher takes for the phone numbers of one country.
 *
 * @example
 * import { type PhoneCountry, phonesIn } from '@lineup/identifiers/phone';
 *
 * const japan: PhoneCountry = phonesIn('JP');
 * console.log(japan.toE164Digits('09012345678')); // 819012345678
 */
export interface PhoneCountry {
  /** As `e164DigitsIn` makes it, but quick: it asks about one number of each class. */
  readonly toE164Digits: (digits: string) => string | undefined;
  /** The classes of the country's numbers. */
  readonly numberClasses?: NumberClasses;
}

/**
 * The phone numbers of one country (ISO 3166-1 alpha-2, upper case) for many values: to be spread into the options of a bulk
 * hasher. It takes up to a second to make, and then settles millions of numbers a second. For single values `e164DigitsIn`
 * is enough.
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
