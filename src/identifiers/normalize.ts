/**
 * The reference implementation of the rules: one value in, its outcome out. The kernel must agree with it on every
 * input, and hands to it whatever its own fast path does not settle.
 *
 * Text is well-formed Unicode: a lone surrogate, like a byte sequence that is not UTF-8, counts as U+FFFD, which is a
 * character as any other (neither white space nor a control character).
 */
import { hash } from 'node:crypto';
import {
  HASH_OF_EMPTY,
  type IdentifierType,
  type IfaFormat,
  type InvalidReason,
  MAX_EMAIL_LENGTH,
  MAX_PHONE_DIGITS,
  MIN_PHONE_DIGITS,
} from './rules.ts';

export interface NormalizeOptions {
  readonly type: IdentifierType;
  readonly ifaFormat: IfaFormat;
  /** Turns a national phone number into its E.164 digits; see `phone-country.ts`. */
  readonly toE164Digits?: (phone: string) => string | undefined;
}

export type Normalized =
  | { readonly state: 'missing' }
  | { readonly state: 'invalid'; readonly reason: InvalidReason }
  /** Hashed by somebody before: `output` is the value, trimmed. */
  | { readonly state: 'prehashed'; readonly output: string }
  /** An IFA that is sent as it is: `output` is the value, trimmed. */
  | { readonly state: 'raw'; readonly output: string }
  /** `output` is the lower-case hex SHA-256 of `normalForm`. `normalForm` is a raw identifier: never write it anywhere. */
  | { readonly state: 'hashed'; readonly output: string; readonly normalForm: string };

/** The outcome of one value of a source; `null` is SQL's NULL. */
export function normalize(value: string | null, options: NormalizeOptions): Normalized {
  const trimmed = (value ?? '').toWellFormed().trim();
  if (trimmed === '') return { state: 'missing' };
  if (/^[0-9a-f]{64}$/i.test(trimmed)) {
    return trimmed.toLowerCase() === HASH_OF_EMPTY
      ? invalid('hash_of_empty')
      : { state: 'prehashed', output: trimmed };
  }
  switch (options.type) {
    case 'email':
      return email(trimmed);
    case 'phone':
      return phone(trimmed, options.toE164Digits);
    case 'ifa':
      return ifa(trimmed, options.ifaFormat);
  }
}

/** No rules of single providers (Gmail's dots and tags): what LINE holds is hashed without them. */
function email(trimmed: string): Normalized {
  const lower = trimmed.toLowerCase();
  if (longerThan(lower, MAX_EMAIL_LENGTH)) return invalid('too_long');
  const [local, domain, ...more] = lower.split('@');
  if (!local || domain === undefined || more.length > 0) return invalid('not_an_email');
  if (/[\s\p{Cc}]/u.test(lower)) return invalid('not_an_email');
  const labels = domain.split('.');
  if (labels.length < 2 || labels.includes('')) return invalid('not_an_email');
  return hashed(lower);
}

/** NFKC makes full-width digits ASCII; digits of other scripts are dropped like every other character. */
function phone(trimmed: string, toE164Digits: NormalizeOptions['toE164Digits']): Normalized {
  const compatible = trimmed.normalize('NFKC');
  const digits = toE164Digits?.(compatible) ?? compatible.replace(/[^0-9]+/g, '');
  if (digits.length < MIN_PHONE_DIGITS || digits.length > MAX_PHONE_DIGITS) return invalid('not_a_phone');
  return hashed(digits);
}

function ifa(trimmed: string, format: IfaFormat): Normalized {
  const lower = trimmed.toLowerCase();
  if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(lower)) return invalid('not_an_ifa');
  if (/^[0-]*$/.test(lower)) return invalid('opted_out');
  return format === 'raw' ? { state: 'raw', output: trimmed } : hashed(lower);
}

const invalid = (reason: InvalidReason): Normalized => ({ state: 'invalid', reason });

const hashed = (normalForm: string): Normalized => ({
  state: 'hashed',
  output: hash('sha256', normalForm),
  normalForm,
});

/** Whether `text` has more than `limit` code points, without walking through a text of megabytes. */
function longerThan(text: string, limit: number): boolean {
  return text.length > 2 * limit || (text.length > limit && [...text].length > limit);
}
