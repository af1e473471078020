/**
 * Masks for previews. They show what kind of value a column holds, but not enough to identify a person. The
 * parts of a mask have fixed widths, so it does not show the length of the value. A value is first cleaned
 * as the identifier rules clean it (docs/identifiers.md), so the mask shows the kind of identifier that the
 * rules see. Of a value that is none, it shows the shape: why the rules refuse it.
 */

const EMAIL = /^([^@\s])[^@\s]*@([^@.\s])[^@\s]*?(\.[A-Za-z]{2,24})?$/u;
const UUID = /^([0-9a-f]{4})[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/iu;
/** Of a user, a group or a room at LINE; in upper case, it is none. */
const LINE_ID = /^([UCR][0-9a-f]{3})[0-9a-f]{29}$/iu;
const HASH = /^([0-9a-f]{4})[0-9a-f]{60}$/iu;
const PHONE = /^(?:tel:)?[+(]?(?:[\s().-]*\d){7,20}[\s().-]*$/iu;
/** With an exponent, only the first digits of a number are left. */
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
  const lineId = LINE_ID.exec(text);
  if (lineId) return `${lineId[1]}${'*'.repeat(29)}`;
  const hash = HASH.exec(text);
  if (hash) return `${hash[1]}… (64 hex digits)`;
  if (NUMBER_WITH_EXPONENT.test(text)) return '********E+**';
  if (PHONE.test(text)) {
    // The fraction that a spreadsheet added does not belong to the number.
    const digits = text.replace(/^(\+?\d+)\.0+$/u, '$1').replace(/\D/gu, '');
    return `********${digits.slice(-2)}`;
  }
  return shapeOf(text);
}

/** Letters, digits, a space, or a sign that says something about an identifier. */
const PARTS = /[\p{L}\p{M}]+|\p{N}+|\s+|[@.,;:+()<>/_-]|./gsu;
/** More of a long text would say too much of it. */
const MAX_PARTS = 9;
/** A value has any length, and only its beginning is shown. */
const MAX_LOOK = 200;

/**
 * `taro@@example` → `t***@@***`, `Yamada Taro` → `Y*** ***`, `03-12` → `##-##`, `n/a` → `***` + `/` + `***`. Only the
 * first letter of a text with more than three characters is shown, and no digit.
 */
function shapeOf(value: string): string {
  const text = value.slice(0, MAX_LOOK);
  const first = [...text].length > 3 && /^\p{L}/u.exec(text)?.[0];
  const parts = text.match(PARTS) ?? [];
  const shown = parts.slice(0, MAX_PARTS).map((part, index) => {
    if (/^[\p{L}\p{M}]/u.test(part)) return index === 0 && first ? `${first}***` : '***';
    if (/^\p{N}/u.test(part)) return '##';
    if (/^\s/u.test(part)) return ' ';
    return /^[@.,;:+()<>/_-]$/u.test(part) ? part : '·';
  });
  return shown.join('') + (parts.length > MAX_PARTS ? '…' : '');
}

const WHOLE_ADDRESS = /^[^\s@]+@[^\s@]+\.[^\s@.]+$/u;
/** An address within other text, as in `Taro <taro@example.com>`. */
const ADDRESS = /[^\s@]@[^\s@.]+\.[^\s@]/u;
/** A digest: 32 to 128 hexadecimal digits, or a SHA-256 in base64 with 44 characters. */
const DIGEST = /^(?:[0-9a-f]{32,128}|[A-Za-z0-9+/]{43}=)$/iu;
const DATE = /^(?:19|20)\d\d([-/.]?)(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])(?:[ T]\d\d:\d\d(?::\d\d)?)?$/u;

/**
 * Whether a text looks like an e-mail address, a phone number, a device id or a hash, and not like a name.
 */
export function looksLikeIdentifier(value: string): boolean {
  const text = cleaned(value);
  return isSurelyIdentifier(text) || ADDRESS.test(text) || isNumber(text);
}

/**
 * The same for the name of a field, where a date is allowed. `surely`: no field has such a name. `perhaps`:
 * it may be a name, for example in a pivot table whose columns are product numbers.
 */
export function looksLikeMember(name: string): 'surely' | 'perhaps' | false {
  const text = cleaned(name);
  if (isSurelyIdentifier(text)) return 'surely';
  return ADDRESS.test(text) || (isNumber(text) && !DATE.test(text)) ? 'perhaps' : false;
}

const isSurelyIdentifier = (text: string): boolean =>
  [WHOLE_ADDRESS, UUID, LINE_ID, DIGEST].some((form) => form.test(text));

function isNumber(text: string): boolean {
  if (NUMBER_WITH_EXPONENT.test(text) || PHONE.test(text)) return true;
  return !/\p{L}/u.test(text) && text.replace(/\D/gu, '').length >= 7;
}

const cleaned = (value: string): string => value.slice(0, 400).replace(INVISIBLE, '').normalize('NFKC').trim();
