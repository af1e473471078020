/**
 * The outcomes of values as the statement of hashes writes them: one letter each. A capital letter is a further value
 * of a member.
 */
import type { InvalidReason } from '../../../packages/identifiers/src/rules.ts';
import { NOT_HASHED } from '../source.ts';

/** With a hash. */
export const Hashed = {
  plain: 'h',
  /** A phone whose digits begin with 0. */
  leadingZero: 'z',
  /** A phone without the `.0` of a spreadsheet. */
  repaired: 'r',
  repairedLeadingZero: 'b',
  /** A phone that lacks the country code of the presumed country. */
  looksNational: 'w',
  repairedLooksNational: 'v',
  /** The value is a hash already. */
  before: 'p',
} as const;

/** Without a hash. */
export const Skipped = {
  missing: 'm',
  notAnEmail: 'e',
  tooLong: 'l',
  notAPhone: 't',
  /** A spreadsheet has written the phone with an exponent. */
  digitsLost: 'd',
  notAnIfa: 'a',
  optedOut: 'o',
  hashOfEmpty: 'y',
  notHashed: 'n',
} as const;

/** The reasons of values without a hash. Null: they are missing. */
export const reasons: Readonly<Record<string, InvalidReason | typeof NOT_HASHED | null>> = {
  [Skipped.missing]: null,
  [Skipped.notAnEmail]: 'not_an_email',
  [Skipped.tooLong]: 'too_long',
  [Skipped.notAPhone]: 'not_a_phone',
  [Skipped.digitsLost]: 'not_a_phone',
  [Skipped.notAnIfa]: 'not_an_ifa',
  [Skipped.optedOut]: 'opted_out',
  [Skipped.hashOfEmpty]: 'hash_of_empty',
  [Skipped.notHashed]: NOT_HASHED,
};
