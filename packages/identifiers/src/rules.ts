/**
 * The identifier rules, version 2: the words that the reference and the kernel share. docs/identifiers.md describes the
 * rules, `normalize.ts` carries them out. Whatever changes an output for any input is a new version, for each run stores
 * the one it used.
 */

/**
 * The version of the rules. Store it beside what you hashed: hashes of different versions may not be equal.
 *
 * @example
 * import { RULES_VERSION } from '@lineup/identifiers';
 *
 * console.log(RULES_VERSION); // 2
 */
export const RULES_VERSION = 2;

/**
 * What a value identifies a person by.
 *
 * @example
 * import { type IdentifierType, normalize } from '@lineup/identifiers';
 *
 * const type: IdentifierType = 'ifa';
 * console.log(normalize('00000000-0000-0000-0000-000000000000', { type })); // invalid: opted_out
 */
export type IdentifierType = 'email' | 'phone' | 'ifa';

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
 * Every reason for which a value is refused. The order is the kernel's numbering of reasons, from 1.
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
 * The longest value, in UTF-16 code units once it is cleaned, that is looked at. No identifier comes near it: NFKC joins at
 * most four characters to one. Without a limit a text of combining marks would hold NFKC up for hours.
 */
export const MAX_VALUE_LENGTH = 1000;

/** An e-mail's greatest length, in code points of its normal form (LINE Ads, upload of hashed e-mails). */
export const MAX_EMAIL_LENGTH = 120;

/** A phone number's digits: E.164 allows 15; fewer than 7 is no subscriber anywhere. */
export const MIN_PHONE_DIGITS = 7;
export const MAX_PHONE_DIGITS = 15;

/** What somebody gets who hashes a missing value. */
export const HASH_OF_EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
