/**
 * The identifier rules, version 2: the words that the reference and the kernel share. docs/identifiers.md describes the
 * rules, `normalize.ts` carries them out. Whatever changes an output for any input is a new version, for each run stores
 * the one it used.
 */

export const RULES_VERSION = 2;

export type IdentifierType = 'email' | 'phone' | 'ifa';

/** `sha256` hashes the lower-case IFA; `raw` sends the cleaned value itself. */
export type IfaFormat = 'sha256' | 'raw';

/** The order is the kernel's numbering of reasons, from 1. */
export const invalidReasons = [
  'not_an_email',
  'too_long',
  'not_a_phone',
  'not_an_ifa',
  'opted_out',
  'hash_of_empty',
] as const;

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
