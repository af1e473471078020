/**
 * The reference implementation of the rules (docs/identifiers.md): one value in, its outcome out. The kernel must agree
 * with it on every input, and hands to it whatever its own fast path does not settle.
 *
 * Text is well-formed Unicode: a lone surrogate, like a byte sequence that is not UTF-8, counts as U+FFFD, which is a
 * character like any other (neither white space nor a control character).
 */
import {
  HASH_OF_EMPTY,
  type IdentifierType,
  type IfaFormat,
  type InvalidReason,
  MAX_EMAIL_LENGTH,
  MAX_PHONE_DIGITS,
  MAX_VALUE_LENGTH,
  MIN_PHONE_DIGITS,
} from './rules.ts';
import { sha256 } from './sha256.ts';

/**
 * What a value is.
 *
 * @example
 * import type { NormalizeOptions } from '@lineup/identifiers';
 * import { e164DigitsIn } from '@lineup/identifiers/phone';
 *
 * const phones: NormalizeOptions = { type: 'phone', toE164Digits: e164DigitsIn('JP') };
 */
export interface NormalizeOptions {
  readonly type: IdentifierType;
  /** Of advertising ids. @default 'sha256' */
  readonly ifaFormat?: IfaFormat | undefined;
  /**
   * Of the default country: turns the digits of a phone number without `+` into those that LINE is sent, or into
   * `undefined` if they cannot be a phone number. `e164DigitsIn` makes one.
   */
  readonly toE164Digits?: ((digits: string) => string | undefined) | undefined;
}

/**
 * What becomes of a value: `state` tells.
 *
 * @example
 * import { type Normalized, normalize } from '@lineup/identifiers';
 *
 * function explain(outcome: Normalized): string {
 *   if (outcome.state === 'missing') return 'nothing was given';
 *   if (outcome.state === 'invalid') return `refused: ${outcome.reason}`;
 *   return outcome.output;
 * }
 * console.log(explain(normalize('nobody', { type: 'email' }))); // refused: not_an_email
 */
export type Normalized =
  | { readonly state: 'missing' }
  | {
      readonly state: 'invalid';
      readonly reason: InvalidReason;
      /** A spreadsheet has written a phone number with an exponent: its last digits are lost. */
      readonly digitsLost?: true;
    }
  /** Hashed by somebody before: `output` is the value, cleaned. */
  | { readonly state: 'prehashed'; readonly output: string }
  /** An IFA that is sent as it is: `output` is the value, cleaned. */
  | { readonly state: 'raw'; readonly output: string }
  | {
      readonly state: 'hashed';
      /** The lower-case hex SHA-256 of `normalForm`. */
      readonly output: string;
      /** A raw identifier: never write it anywhere. */
      readonly normalForm: string;
      /** A spreadsheet has written `.0` behind a phone number: that was removed. */
      readonly repaired?: true;
    };

/** Soft hyphen, zero-width characters, direction marks, word joiner and other invisible operators, byte order mark. */
const INVISIBLE = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]+/g;

/**
 * The outcome of one value of a source; `null` (SQL's NULL) and `undefined` are missing ones.
 *
 * @throws {TypeError} for wrong options, or a value that is no text: a number may have lost its leading zeros already
 * @example
 * import { normalize } from '@lineup/identifiers';
 *
 * const outcome = normalize(' Taro@Example.com ', { type: 'email' });
 * if (outcome.state === 'hashed') console.log(outcome.output); // 3df36ef4…, the SHA-256 of taro@example.com
 * else if (outcome.state === 'invalid') console.log(outcome.reason); // e.g. not_an_email
 */
export function normalize(value: string | null | undefined, options: NormalizeOptions): Normalized {
  checkOptions(options);
  if (typeof value !== 'string' && value !== null && value !== undefined) {
    throw new TypeError(`Expected the value to be a string or null, got a ${typeof value}.`);
  }
  const cleaned = (value ?? '').toWellFormed().replace(INVISIBLE, '').trim();
  if (cleaned === '') return { state: 'missing' };
  if (/^[0-9a-f]{64}$/i.test(cleaned)) {
    return cleaned.toLowerCase() === HASH_OF_EMPTY
      ? invalid('hash_of_empty')
      : { state: 'prehashed', output: cleaned };
  }
  if (cleaned.length > MAX_VALUE_LENGTH) return invalid(reasonForLength[options.type]);
  switch (options.type) {
    case 'email':
      return email(cleaned);
    case 'phone':
      return phone(cleaned, options.toE164Digits);
    case 'ifa':
      return ifa(cleaned, options.ifaFormat);
  }
}

/** @throws {TypeError} */
export function checkOptions({ type, ifaFormat, toE164Digits }: NormalizeOptions): void {
  if (!Object.hasOwn(reasonForLength, type)) {
    throw new TypeError(`Expected type to be one of email, phone, ifa, got ${JSON.stringify(type)}.`);
  }
  if (ifaFormat !== undefined && ifaFormat !== 'sha256' && ifaFormat !== 'raw') {
    throw new TypeError(`Expected ifaFormat to be one of sha256, raw, got ${JSON.stringify(ifaFormat)}.`);
  }
  if (toE164Digits !== undefined && typeof toE164Digits !== 'function') {
    throw new TypeError('Expected toE164Digits to be a function, as e164DigitsIn makes it.');
  }
}

const reasonForLength = { email: 'too_long', phone: 'not_a_phone', ifa: 'not_an_ifa' } as const;

/** White space, control characters, and what no address has outside of quotes (RFC 5322), which LINE's members do not use. */
const NOT_IN_AN_EMAIL = /[\s\p{Cc}"(),:;<>[\]\\]/u;

/**
 * No rules of single providers (Gmail's dots and tags): what LINE holds is hashed without them. Dots in the local part are
 * left alone, too: Japanese carriers gave out `a..b.@docomo.ne.jp`.
 */
function email(cleaned: string): Normalized {
  const address = cleaned
    .normalize('NFKC')
    .toLowerCase()
    .replace(/^mailto:/, '')
    .trim();
  if ([...address].length > MAX_EMAIL_LENGTH) return invalid('too_long');
  const [local, domain, ...more] = address.split('@');
  if (!local || domain === undefined || more.length > 0) return invalid('not_an_email');
  if (NOT_IN_AN_EMAIL.test(address)) return invalid('not_an_email');
  const labels = domain.split('.');
  if (labels.length < 2 || labels.includes('')) return invalid('not_an_email');
  if (/^[0-9]+$/.test(labels.at(-1)!)) return invalid('not_an_email');
  return hashed(address);
}

/** A number as spreadsheets write long ones, with a decimal point or comma. */
const WITH_EXPONENT = /^[+-]?(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)e[+-]?[0-9]+$/i;
/** A number as spreadsheets and data frames write those that passed through a column of fractions. */
const WITH_FRACTION = /^\+?[0-9]+\.0+$/;

/** NFKC makes full-width digits ASCII; digits of other scripts are dropped like every other character. */
function phone(cleaned: string, toE164Digits: NormalizeOptions['toE164Digits']): Normalized {
  const compatible = cleaned.normalize('NFKC');
  if (WITH_EXPONENT.test(compatible)) return { state: 'invalid', reason: 'not_a_phone', digitsLost: true };
  const repaired = WITH_FRACTION.test(compatible);
  const number = repaired ? compatible.slice(0, compatible.indexOf('.')) : withoutTrunkZero(compatible);
  const written = number.replace(/[^0-9]+/g, '');
  if (isOneDigitRepeated(written)) return invalid('not_a_phone');
  const digits = number.includes('+') || !toE164Digits ? written : toE164Digits(written);
  if (digits === undefined || isOneDigitRepeated(digits)) return invalid('not_a_phone');
  if (digits.length < MIN_PHONE_DIGITS || digits.length > MAX_PHONE_DIGITS) return invalid('not_a_phone');
  return repaired ? { ...hashed(digits), repaired } : hashed(digits);
}

/** `+81 (0)90…`: the 0 is dialled in the country alone. */
function withoutTrunkZero(phone: string): string {
  const plus = phone.indexOf('+');
  const zero = plus === -1 ? -1 : phone.indexOf('(0)', plus);
  if (zero === -1 || !/[0-9]/.test(phone.slice(plus, zero))) return phone;
  return phone.slice(0, zero) + phone.slice(zero + '(0)'.length);
}

/** What people fill into a field that must not be empty. */
const isOneDigitRepeated = (digits: string): boolean =>
  digits !== '' && digits === digits.charAt(0).repeat(digits.length);

function ifa(cleaned: string, format: IfaFormat | undefined): Normalized {
  const lower = cleaned.toLowerCase();
  if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(lower)) return invalid('not_an_ifa');
  if (/^[0-]*$/.test(lower)) return invalid('opted_out');
  return format === 'raw' ? { state: 'raw', output: cleaned } : hashed(lower);
}

const invalid = (reason: InvalidReason) => ({ state: 'invalid', reason }) as const;

const hashed = (normalForm: string) => ({ state: 'hashed', output: sha256(normalForm), normalForm }) as const;
