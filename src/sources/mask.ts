/**
 * Masks for previews: enough to see what a column holds, too little to read an identifier back. The masks have a fixed
 * width, so that not even the length of a value shows. A value is looked at as the identifier rules clean it
 * (docs/identifiers.md), so that a mask shows what kind of identifier the rules see.
 */

const EMAIL = /^([^@])[^@]*@([^@.])[^@]*?(\.[A-Za-z]{2,24})?$/u;
const UUID = /^([0-9a-f]{4})[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/iu;
const HASH = /^([0-9a-f]{4})[0-9a-f]{60}$/iu;
const PHONE = /^(?:tel:)?[+(]?(?:[\s().-]*\d){7,20}[\s().-]*$/iu;
/** With an exponent nothing but the first digits is left of a number. */
const NUMBER_WITH_EXPONENT = /^[+-]?\d[\d.,]*E[+-]?\d+$/iu;
const INVISIBLE = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]+/gu;

/** `taro@example.com` → `t***@e***.com`, a phone number → its last two digits, an id or a hash → its first four. */
export function mask(value: string): string {
  const text = cleaned(value);
  if (text === '') return '';
  const email = EMAIL.exec(text.replace(/^mailto:\s*/iu, ''));
  if (email) return `${email[1]}***@${email[2]}***${email[3] ?? ''}`;
  const uuid = UUID.exec(text);
  if (uuid) return `${uuid[1]}****-****-****-****-************`;
  const hash = HASH.exec(text);
  if (hash) return `${hash[1]}… (64 hex digits)`;
  if (NUMBER_WITH_EXPONENT.test(text)) return '********E+**';
  if (PHONE.test(text)) {
    // A spreadsheet's fraction is no part of the number.
    const digits = text.replace(/^(\+?\d+)\.0+$/u, '$1').replace(/\D/gu, '');
    return `********${digits.slice(-2)}`;
  }
  const points = [...text];
  return points.length > 3 ? `${points[0]}***` : '***';
}

const WHOLE_ADDRESS = /^[^\s@]+@[^\s@]+\.[^\s@.]+$/u;
/** An address within other text, as in `Taro <taro@example.com>`. */
const ADDRESS = /[^\s@]@[^\s@.]+\.[^\s@]/u;
/** A digest: 32 to 128 hexadecimal digits, or the 44 characters of a SHA-256 in base64. */
const DIGEST = /^(?:[0-9a-f]{32,128}|[A-Za-z0-9+/]{43}=)$/iu;
const DATE =
  /^(?:19|20)\d\d([-/.]?)(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])(?:[ T]\d\d:\d\d(?::\d\d)?)?$/u;

/** Whether a text is in the form of an e-mail address, a phone number, a device id or a hash, rather than a name. */
export function looksLikeIdentifier(value: string): boolean {
  const text = cleaned(value);
  return isSurelyIdentifier(text) || ADDRESS.test(text) || isNumber(text);
}

/**
 * The same of the name of a field, which may be a date. `surely`: no field is called so. Otherwise it may be a name after all:
 * of a pivot table, for one, whose columns are called by the numbers of products.
 */
export function looksLikeMember(name: string): 'surely' | 'perhaps' | false {
  const text = cleaned(name);
  if (isSurelyIdentifier(text)) return 'surely';
  return ADDRESS.test(text) || (isNumber(text) && !DATE.test(text)) ? 'perhaps' : false;
}

const isSurelyIdentifier = (text: string): boolean =>
  WHOLE_ADDRESS.test(text) || UUID.test(text) || DIGEST.test(text);

function isNumber(text: string): boolean {
  if (NUMBER_WITH_EXPONENT.test(text) || PHONE.test(text)) return true;
  return !/\p{L}/u.test(text) && text.replace(/\D/gu, '').length >= 7;
}

const cleaned = (value: string): string =>
  value.slice(0, 400).replace(INVISIBLE, '').normalize('NFKC').trim();
