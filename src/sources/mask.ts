/**
 * Masks for previews: enough to see what a column holds, too little to read an identifier back. The masks have a fixed
 * width, so that not even the length of a value shows.
 */

const EMAIL = /^([^@])[^@]*@([^@.])[^@]*?(\.[A-Za-z]{2,24})?$/u;
const UUID = /^([0-9a-f]{4})[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/iu;
const HASH = /^([0-9a-f]{4})[0-9a-f]{60}$/iu;
const PHONE = /^[+(]?(?:[\s().-]*\d){7,20}[\s().-]*$/u;

/** `taro@example.com` → `t***@e***.com`, a phone number → its last two digits, an id or a hash → its first four. */
export function mask(value: string): string {
  const text = value.slice(0, 400).normalize('NFKC').trim();
  if (text === '') return '';
  const email = EMAIL.exec(text);
  if (email) return `${email[1]}***@${email[2]}***${email[3] ?? ''}`;
  const uuid = UUID.exec(text);
  if (uuid) return `${uuid[1]}****-****-****-****-************`;
  const hash = HASH.exec(text);
  if (hash) return `${hash[1]}… (64 hex digits)`;
  if (PHONE.test(text)) return `********${text.replace(/\D/gu, '').slice(-2)}`;
  const points = [...text];
  return points.length > 3 ? `${points[0]}***` : '***';
}

/** Whether a text is in the form of an e-mail address, a phone number, a device id or a hash, rather than a name. */
export function looksLikeIdentifier(value: string): boolean {
  const text = value.slice(0, 400).normalize('NFKC').trim();
  return EMAIL.test(text) || UUID.test(text) || HASH.test(text) || PHONE.test(text);
}
