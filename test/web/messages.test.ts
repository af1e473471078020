/** Every language has all messages, with the values of the English ones, and no message is unused. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import compile from 'icu-minify/compile';
import { describe, expect, test } from 'vitest';
import { invalidReasons } from '../../packages/identifiers/src/rules.ts';
import { languageCode } from '../../src/domain/text/localized.ts';
import { formatMessage, type Values } from '../../src/i18n/translator.ts';
import { formatsOf } from '../../web/i18n/format.ts';
import { catalogue, otherLanguages, partsOf } from '../support/catalogues.ts';

const web = resolve(import.meta.dirname, '../../web');
const en = catalogue('en', 'web');
const keys = Object.keys(en).sort();

describe.each(otherLanguages)('locales/%s/web.json', (language) => {
  const messages = catalogue(language, 'web');

  test('has every key and no other', () => {
    expect(Object.keys(messages).sort()).toEqual(keys);
  });

  test('has a translation of each, with the same values', () => {
    for (const [key, english] of Object.entries(en)) {
      const translated = messages[key] ?? '';
      expect(translated.trim(), key).not.toBe('');
      expect(partsOf(translated).placeholders, key).toEqual(partsOf(english).placeholders);
    }
  });
});

test.each(languageCode.options)('locales/%s/web.json formats every number for the language', (language) => {
  const written = (12_345).toLocaleString(language);
  for (const [key, message] of Object.entries(catalogue(language, 'web'))) {
    const { placeholders } = partsOf(message);
    const text = formatMessage(
      compile(message),
      language,
      Object.fromEntries(placeholders.map((name) => [name, 12_345])),
    );
    // A name is a plain placeholder or one with a type. In one message it cannot be both.
    expect(text, key).not.toMatch(/12345|NaN|[{}]/);
    if (placeholders.length > 0) expect(text, key).toContain(written);
  }
});

const source = readdirSync(web, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name) && (!name.startsWith('i18n') || name === 'i18n/provider.tsx'))
  .map((name) => readFileSync(join(web, name), 'utf8'))
  .join('\n');

test('texts are joined by the colon and the comma of the language', () => {
  expect(source.match(/.*(join\('[,:] '\)|\}: \$\{).*/g)).toBeNull();
});

test('every key is used by the app', () => {
  // Keys that are built at run time: all keys with the same start and end count as used.
  const put = [...source.matchAll(/`([a-z_A-Z.]+)\.\$\{[^}]+\}((?:\.\w+)?)`/g)].map(
    ([, begin, end]) => new RegExp(`^${begin}\\.[\\w-]+${end}$`),
  );
  const unused = keys.filter((key) => !source.includes(`'${key}'`) && !put.some((pattern) => pattern.test(key)));
  expect(unused).toEqual([]);
});

test('every reason for skipping a value has a message', () => {
  expect(invalidReasons.filter((reason) => !(`reason.${reason}` in en))).toEqual([]);
});

test('values are formatted for the language, and English has singular and plural', () => {
  const filled = (message: string, language: string, values: Values) =>
    formatMessage(compile(message), language, values);
  const members = '{count, plural, one {# member} other {# members}}';
  expect(filled(members, 'en', { count: 1 })).toBe('1 member');
  expect(filled(members, 'en', { count: 12_345 })).toBe('12,345 members');
  expect(filled('{count} anggota', 'id', { count: 12_345 })).toBe('12.345 anggota');
  expect(filled('{name} and {other}', 'en', { name: '{other}' })).toBe('{other} and {other}');
});

test('durations and relative times are formatted for the language', () => {
  const { duration } = formatsOf('en');
  expect([850, 42_300, 60_000, 102_000, 3_600_000, 7_530_000].map(duration)).toEqual([
    '0.9 sec',
    '42 sec',
    '1 min',
    '1 min 42 sec',
    '1 hr',
    '2 hr 5 min',
  ]);
  expect(formatsOf('ja').duration(102_000)).toBe('1分42秒');
  const now = Date.UTC(2026, 0, 1);
  expect(formatsOf('ja').relative(new Date(now - 240_000).toISOString(), now)).toBe('4分前');
});
