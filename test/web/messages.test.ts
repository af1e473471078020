/** Every language says everything, with the values that English puts in; and nothing is said that nobody shows. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { invalidReasons } from '../../packages/identifiers/src/rules.ts';
import { en } from '../../web/i18n/en.ts';
import { formatsOf } from '../../web/i18n/format.ts';
import { id } from '../../web/i18n/id.ts';
import { ja } from '../../web/i18n/ja.ts';
import { fill } from '../../web/i18n/messages.ts';
import { th } from '../../web/i18n/th.ts';
import { zhTW } from '../../web/i18n/zh-tw.ts';

const web = resolve(import.meta.dirname, '../../web');
const keys = Object.keys(en).sort();

/** The names of the values of a message; which of English's plurals is meant is no value of its own. */
const valuesOf = (message: string): string[] =>
  [...new Set([...message.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!))].sort();

describe.each(Object.entries({ ja, 'zh-TW': zhTW, th, id }))('%s', (_, messages) => {
  test('has every key and no other', () => {
    expect(Object.keys(messages).sort()).toEqual(keys);
  });

  test('has each translated, with the same values', () => {
    for (const [key, english] of Object.entries(en)) {
      const translated = messages[key as keyof typeof en];
      expect(translated.trim(), key).not.toBe('');
      expect(valuesOf(translated), key).toEqual(valuesOf(english));
    }
  });
});

test('every key is used by the app', () => {
  const source = readdirSync(web, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !name.startsWith('i18n'))
    .map((name) => readFileSync(join(web, name), 'utf8'))
    .join('\n');
  // Keys that are put together: all that begin and end alike count as used.
  const put = [...source.matchAll(/`([a-z_A-Z.]+)\.\$\{[^}]+\}((?:\.\w+)?)`/g)].map(
    ([, begin, end]) => new RegExp(`^${begin}\\.[\\w-]+${end}$`),
  );
  const unused = keys.filter(
    (key) => !source.includes(`'${key}'`) && !put.some((pattern) => pattern.test(key)),
  );
  expect(unused).toEqual([]);
});

test('every reason for which a value is skipped has words', () => {
  expect(invalidReasons.filter((reason) => !(`reason.${reason}` in en))).toEqual([]);
});

test('values are put in as the language writes them, and English knows one from many', () => {
  expect(fill('{count} {count|member|members}', { count: 1 }, 'en')).toBe('1 member');
  expect(fill('{count} {count|member|members}', { count: 12_345 }, 'en')).toBe('12,345 members');
  expect(fill('{count} anggota', { count: 12_345 }, 'id')).toBe('12.345 anggota');
  expect(fill('{name} and {other}', { name: '{other}' }, 'en')).toBe('{other} and {other}');
});

test('durations and how long ago are written as the language writes them', () => {
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
