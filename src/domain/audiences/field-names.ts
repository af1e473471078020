/** What the name of a field says about its values: the rule behind the suggestions of forms and of the API. */
import type { IdentifierType } from './requests.ts';

/** The order matters: "email_phone" is more likely an e-mail address. */
const usual: readonly (readonly [IdentifierType, RegExp])[] = [
  // A "LINE ID" is a name that people choose themselves.
  ['line_user_id', /\bline ?(user|u) ?id\b|\bline ?(ユーザー?|使用者|用戶|用户) ?(id|識別碼|识别码)|ผู้ใช้ ?line\b/],
  ['email', /email|メール|電子郵件|电子邮件|電郵|信箱|邮箱|อีเมล|\bsurel\b/],
  [
    'phone',
    /phone|mobile ?(number|no)\b|\btel\b|msisdn|電話|携帯|手機|电话|手机|โทร|มือถือ|telepon|ponsel|\b(no|nomor) ?hp\b/,
  ],
  ['ifa', /idfa|gaid|aaid|\bifa\b|\badid\b|advertising ?id|広告 ?(id|識別子)|廣告(id|識別)|广告(id|标识)|id iklan/],
];

/** Names that alone say nothing, as those of any customer, and suit a type that a person has chosen. */
const possible: Readonly<Partial<Record<IdentifierType, RegExp>>> = { line_user_id: /^u(ser)? ?id$/ };

/** Words for a phone number that one country alone uses. 電話 is not among them: Japan and Taiwan write it. */
const countries: readonly (readonly [country: string, RegExp])[] = [
  ['JP', /電話番号|携帯/],
  ['TW', /電話號碼|手機|行動電話/],
  ['CN', /电话|手机/],
  ['TH', /โทร|มือถือ/],
  ['ID', /telepon|ponsel|\b(no|nomor) ?hp\b/],
];

/** In lower case, with spaces between the words: "userIDFA", "user_idfa" and "ＩＤＦＡ" are written alike. */
const wordsOf = (name: string): string =>
  name
    .slice(0, 200)
    .normalize('NFKC')
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .replaceAll('e-mail', 'email')
    .replace(/[\s_./-]+/gu, ' ');

/** The identifier type that the name suggests. */
export function suggestedType(name: string): IdentifierType | null {
  const words = wordsOf(name);
  return usual.find(([, pattern]) => pattern.test(words))?.[0] ?? null;
}

/** Whether a field with this name may hold the values of a type that was chosen, where no other field suits it. */
export const maySuit = (name: string, type: IdentifierType): boolean => possible[type]?.test(wordsOf(name)) ?? false;

/** The country whose phone numbers the name suggests. */
export function suggestedCountry(name: string): string | null {
  const words = wordsOf(name);
  return countries.find(([, pattern]) => pattern.test(words))?.[0] ?? null;
}
