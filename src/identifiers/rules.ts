/**
 * The identifier rules, version 1: the words that the reference and the kernel share. The rules themselves are written
 * out in `normalize.ts`; whatever changes an output for any input is a new version, for each run stores the one it used.
 */

export const RULES_VERSION = 1;

export type IdentifierType = 'email' | 'phone' | 'ifa';

/** `sha256` hashes the lower-case IFA; `raw` sends the trimmed value itself. */
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

/** An e-mail's greatest length, in code points of its lower-case form (LINE Ads, upload of hashed e-mails). */
export const MAX_EMAIL_LENGTH = 120;

/** A phone number's digits: E.164 allows 15; fewer than 7 is no subscriber anywhere. */
export const MIN_PHONE_DIGITS = 7;
export const MAX_PHONE_DIGITS = 15;

/** What somebody gets who hashes a missing value. */
export const HASH_OF_EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
