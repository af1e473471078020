/**
 * The identifier rules, version 2: the words and limits that the reference implementation and the kernel share.
 * docs/identifiers.md describes the rules, and `normalize.ts` implements them. A change of any output is a new version,
 * because each run stores the version that it used.
 */

/**
 * The version of the rules. Store it with your hashes: hashes of different versions may differ.
 *
 * @example
 * import { RULES_VERSION } from '@lineup/identifiers';
 *
 * console.log(RULES_VERSION); // 2
 */
export const RULES_VERSION = 2;

/** All identifier types, in the order of the kernel's numbers for them, from 0. */
export const identifierTypes = ['email', 'phone', 'ifa', 'line_user_id'] as const;

/**
 * How a value identifies a person.
 *
 * @example
 * import { type IdentifierType, normalize } from '@lineup/identifiers';
 *
 * // 'email', 'phone', 'ifa' (an advertising id), or 'line_user_id', which is sent as it is and never hashed.
 * const type: IdentifierType = 'ifa';
 * console.log(normalize('00000000-0000-0000-0000-000000000000', { type })); // invalid: opted_out
 */
export type IdentifierType = (typeof identifierTypes)[number];

/**
 * `sha256` hashes the lower-case advertising id; `raw` gives the cleaned value itself.
 *
 * @example
 * import { type IfaFormat, normalize } from '@lineup/identifiers';
 *
 * const ifaFormat: IfaFormat = 'raw';
 * console.log(normalize('AEBE52E7-03EE-455A-B3C4-E57283966239', { type: 'ifa', ifaFormat }).state); // raw
 */
export type IfaFormat = 'sha256' | 'raw';

/**
 * Every reason to refuse a value, in the order of the kernel's numbers for them, from 1.
 *
 * @example
 * import { invalidReasons } from '@lineup/identifiers';
 *
 * const counts = Object.fromEntries(invalidReasons.map((reason) => [reason, 0]));
 * console.log(counts);
 */
export const invalidReasons = [
  'not_an_email',
  'too_long',
  'not_a_phone',
  'not_an_ifa',
  'opted_out',
  'hash_of_empty',
  'not_a_line_user_id',
] as const;

/**
 * Why a value is refused.
 *
 * @example
 * import { type InvalidReason, normalize } from '@lineup/identifiers';
 *
 * const words: Partial<Record<InvalidReason, string>> = { not_an_email: 'This is no e-mail address.' };
 * const outcome = normalize('nobody', { type: 'email' });
 * if (outcome.state === 'invalid') console.log(words[outcome.reason] ?? outcome.reason);
 */
export type InvalidReason = (typeof invalidReasons)[number];

/**
 * The longest cleaned value that is examined, in UTF-16 code units. Every identifier is much shorter: NFKC joins at
 * most four characters into one. Without a limit, NFKC could take hours for a text of combining marks.
 */
export const MAX_VALUE_LENGTH = 1000;

/** The longest e-mail address, in code points of its normal form (LINE Ads, upload of hashed e-mails). */
export const MAX_EMAIL_LENGTH = 120;

/** The digits of a phone number: E.164 allows 15, and no country has numbers of fewer than 7. */
export const MIN_PHONE_DIGITS = 7;
export const MAX_PHONE_DIGITS = 15;

/** What somebody gets who hashes a missing value. */
export const HASH_OF_EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
