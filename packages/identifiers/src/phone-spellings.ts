/** Other ways to write a phone number that give another hash. */
import { parsePhoneNumberFromString as parse } from 'libphonenumber-js/max';

/**
 * The digits that lists have for one number: with the country code, as people dial it at home, and without the prefix
 * for that, which a spreadsheet has lost.
 * @param digits as they are sent to LINE
 */
export function phoneSpellings(digits: string): readonly string[] {
  const number = parse(`+${digits}`);
  if (!number?.isValid()) return [digits];
  return [...new Set([digits, number.formatNational().replace(/[^0-9]/g, ''), number.nationalNumber])];
}

/** Whether the tables know these digits as a number with its country code. */
export const isPhoneNumber = (digits: string): boolean => parse(`+${digits}`)?.isValid() === true;
