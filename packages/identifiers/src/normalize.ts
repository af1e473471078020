/**
 * The reference implementation of the rules (docs/identifiers.md): it gives the outcome of one value. The kernel must
 * agree with it on every input, and asks it about the values that the kernel's fast path does not handle.
 *
 * Text is well-formed Unicode. A lone surrogate, like bytes that are not UTF-8, becomes U+FFFD, which is an ordinary
 * character (neither white space nor a control character).
 */
import {
  HASH_OF_EMPTY,
  type IdentifierType,
  type IfaFormat,
  type InvalidReason,
  identifierTypes,
  MAX_EMAIL_LENGTH,
  MAX_PHONE_DIGITS,
  MAX_VALUE_LENGTH,
  MIN_PHONE_DIGITS,
} from './rules.ts';
import { sha256 } from './sha256.ts';

/**
 * The kind of a value.
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
   * Of advertising ids that are sent raw: whether a value of 64 hexadecimal digits is a hash, as it is for e-mail
   * addresses and phone numbers. Not every destination takes both in one file. LINE user ids are never hashes.
   * @default true
   */
  readonly hashesInRawColumn?: boolean | undefined;
  /**
   * For the default country: converts the digits of a phone number without `+` into the digits for LINE, or into
   * `undefined` if they cannot be a phone number. `e164DigitsIn` makes such a function.
   */
  readonly toE164Digits?: ((digits: string) => string | undefined) | undefined;
}

/**
 * The outcome of a value, told by its `state`.
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
      /** A spreadsheet has written the phone number with an exponent, so its last digits are lost. */
      readonly digitsLost?: true;
    }
  /** The value is a hash already: `output` is the cleaned value. */
  | { readonly state: 'prehashed'; readonly output: string }
  /** An IFA or a LINE user id that is sent unchanged: `output` is the cleaned value. */
  | { readonly state: 'raw'; readonly output: string }
  | {
      readonly state: 'hashed';
      /** The SHA-256 of `normalForm`, as lower-case hex. */
      readonly output: string;
      /** The identifier in clear: never write it anywhere. */
      readonly normalForm: string;
      /** A spreadsheet had added `.0` to the phone number, which was removed. */
      readonly repaired?: true;
    };

/** Soft hyphen, zero-width characters, direction marks, word joiner and other invisible operators, byte order mark. */
const INVISIBLE = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]+/g;

/**
 * The outcome of one value of a source. `null` (SQL's NULL) and `undefined` are missing values.
 *
 * @throws {TypeError} for wrong options, or a value that is not text: a number may already have lost its leading zeros
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
  return judge(value ?? '', options, takesHashes(options));
}

/** The outcome of one value. @param mayBeHash whether a value of 64 hexadecimal digits is a hash already */
export function judge(value: string, options: NormalizeOptions, mayBeHash: boolean): Normalized {
  const cleaned = value.toWellFormed().replace(INVISIBLE, '').trim();
  if (cleaned === '') return { state: 'missing' };
  if (mayBeHash && /^[0-9a-f]{64}$/i.test(cleaned)) {
    return cleaned.toLowerCase() === HASH_OF_EMPTY ? invalid('hash_of_empty') : { state: 'prehashed', output: cleaned };
  }
  if (cleaned.length > MAX_VALUE_LENGTH) return invalid(reasonForLength[options.type]);
  switch (options.type) {
    case 'email':
      return email(cleaned);
    case 'phone':
      return phone(cleaned, options.toE164Digits);
    case 'ifa':
      return ifa(cleaned, options.ifaFormat);
    case 'line_user_id':
      return lineUserId(cleaned);
  }
}

const takesHashes = ({ type, ifaFormat, hashesInRawColumn }: NormalizeOptions): boolean =>
  type !== 'line_user_id' && (hashesInRawColumn !== false || type !== 'ifa' || ifaFormat !== 'raw');

/** @throws {TypeError} */
export function checkOptions({ type, ifaFormat, hashesInRawColumn, toE164Digits }: NormalizeOptions): void {
  if (!identifierTypes.includes(type)) {
    throw new TypeError(`Expected type to be one of ${identifierTypes.join(', ')}, got ${JSON.stringify(type)}.`);
  }
  if (ifaFormat !== undefined && ifaFormat !== 'sha256' && ifaFormat !== 'raw') {
    throw new TypeError(`Expected ifaFormat to be one of sha256, raw, got ${JSON.stringify(ifaFormat)}.`);
  }
  if (hashesInRawColumn !== undefined && typeof hashesInRawColumn !== 'boolean') {
    throw new TypeError(`Expected hashesInRawColumn to be true or false, got ${JSON.stringify(hashesInRawColumn)}.`);
  }
  if (toE164Digits !== undefined && typeof toE164Digits !== 'function') {
    throw new TypeError('Expected toE164Digits to be a function, as e164DigitsIn makes it.');
  }
}

const reasonForLength = {
  email: 'too_long',
  phone: 'not_a_phone',
  ifa: 'not_an_ifa',
  line_user_id: 'not_a_line_user_id',
} as const;

/** White space, control characters, and what RFC 5322 allows only in quotes, which LINE's members do not use. */
const NOT_IN_AN_EMAIL = /[\s\p{Cc}"(),:;<>[\]\\]/u;

/**
 * There are no rules for single providers (Gmail's dots and tags), because LINE hashes its addresses without them. Dots
 * in the local part stay as they are, too: Japanese carriers gave out addresses such as `a..b.@docomo.ne.jp`.
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

/** A long number as spreadsheets write it, with a decimal point or comma. */
const WITH_EXPONENT = /^[+-]?(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)e[+-]?[0-9]+$/i;
/** A number as spreadsheets and data frames write it when its column holds fractions. */
const WITH_FRACTION = /^\+?[0-9]+\.0+$/;

/** NFKC makes full-width digits ASCII. Digits of other scripts are removed like all other characters. */
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

/** `+81 (0)90…`: people dial this 0 only within the country. */
function withoutTrunkZero(phone: string): string {
  const plus = phone.indexOf('+');
  const zero = plus === -1 ? -1 : phone.indexOf('(0)', plus);
  if (zero === -1 || !/[0-9]/.test(phone.slice(plus, zero))) return phone;
  return phone.slice(0, zero) + phone.slice(zero + '(0)'.length);
}

/** People fill in such numbers when a field must not be empty. */
const isOneDigitRepeated = (digits: string): boolean =>
  digits !== '' && digits === digits.charAt(0).repeat(digits.length);

function ifa(cleaned: string, format: IfaFormat | undefined): Normalized {
  const lower = cleaned.toLowerCase();
  if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(lower)) return invalid('not_an_ifa');
  if (/^[0-]*$/.test(lower)) return invalid('opted_out');
  return format === 'raw' ? { state: 'raw', output: cleaned } : hashed(lower);
}

/**
 * Nothing is repaired, not even the case: LINE refuses a whole file for one id that is none. Ids of groups (`C…`) and
 * rooms (`R…`) are none, and neither are LINE IDs, which people choose themselves.
 */
const lineUserId = (cleaned: string): Normalized =>
  /^U[0-9a-f]{32}$/.test(cleaned) ? { state: 'raw', output: cleaned } : invalid('not_a_line_user_id');

const invalid = (reason: InvalidReason) => ({ state: 'invalid', reason }) as const;

const hashed = (normalForm: string) => ({ state: 'hashed', output: sha256(normalForm), normalForm }) as const;
