/** The rules where the golden data are silent. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { normalize } from '../../src/identifiers/normalize.ts';
import type { IdentifierType, IfaFormat } from '../../src/identifiers/rules.ts';
import { whiteSpace } from './support.ts';

const outcome = (type: IdentifierType, value: string | null, ifaFormat: IfaFormat = 'sha256') =>
  normalize(value, { type, ifaFormat });
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const hashOf = (normalForm: string) => ({ state: 'hashed', normalForm, output: sha256(normalForm) });
const invalid = (reason: string) => ({ state: 'invalid', reason });

describe('any type', () => {
  test.each(whiteSpace)('trims %j', (space) => {
    expect(outcome('email', `${space}a@example.com${space}`)).toEqual(hashOf('a@example.com'));
    expect(outcome('email', space)).toEqual({ state: 'missing' });
  });

  test.each(['\u200b', '\u180e', '\u0000', '\u001f', '\u0085'])(
    'does not trim %j, which is no white space',
    (character) => {
      expect(outcome('phone', character)).toEqual(invalid('not_a_phone'));
    },
  );

  test('sends 64 hexadecimal digits unchanged, in either case and in any mixture', () => {
    const mixed = `${'aB'.repeat(31)}09`;
    for (const type of ['email', 'phone', 'ifa'] as const) {
      expect(outcome(type, ` ${mixed}\n`)).toEqual({ state: 'prehashed', output: mixed });
    }
  });

  test('refuses the hash of nothing, in either case', () => {
    const hash = sha256('');
    expect(outcome('email', hash)).toEqual(invalid('hash_of_empty'));
    expect(outcome('ifa', hash.toUpperCase())).toEqual(invalid('hash_of_empty'));
  });

  test('takes full-width hexadecimal digits for no hash', () => {
    expect(outcome('email', '１'.repeat(64))).toEqual(invalid('not_an_email'));
  });
});

describe('email', () => {
  test.each([
    'a@b.c',
    'a..b@example.com',
    '.@example.com',
    'quoted"name@example.com',
    "o'neil+tag@sub.example.co.jp",
    'a@-.-',
    '山田@例え.example',
    '\ufffd@example.com',
  ])('%j is an address', (value) => expect(outcome('email', value)).toEqual(hashOf(value)));

  test.each([
    '@example.com',
    'a@',
    'a@example',
    'a@example.',
    'a@.example',
    'a@b@example.com',
    'a b@example.com',
    'a\u0000b@example.com',
    'a\u007fb@example.com',
    'a\u0085b@example.com',
    'a\u3000b@example.com',
    'a@exam\u00a0ple.com',
    'a＠example.com',
  ])('%j is none', (value) => expect(outcome('email', value)).toEqual(invalid('not_an_email')));

  test('lowers as ECMAScript does', () => {
    expect(outcome('email', 'ÀÉΑΣ@EXAMPLE.com')).toEqual(hashOf('àéας@example.com'));
    // The Kelvin sign becomes an ASCII letter; I with a dot becomes two code points.
    expect(outcome('email', '\u212a@example.com')).toEqual(hashOf('k@example.com'));
    expect(outcome('email', '\u0130@example.com')).toEqual(hashOf('i\u0307@example.com'));
  });

  test('counts the length in code points of the lower-case form, before all else', () => {
    const domain = '@example.com';
    const local = (character: string, length: number) => character.repeat(length - domain.length);
    expect(outcome('email', local('a', 120) + domain)).toMatchObject({ state: 'hashed' });
    expect(outcome('email', local('a', 121) + domain)).toEqual(invalid('too_long'));
    expect(outcome('email', local('𝒶', 120) + domain)).toMatchObject({ state: 'hashed' });
    expect(outcome('email', local('𝒶', 121) + domain)).toEqual(invalid('too_long'));
    // Twice as long once it is lower case.
    expect(outcome('email', local('\u0130', 120) + domain)).toEqual(invalid('too_long'));
    expect(outcome('email', 'x'.repeat(121))).toEqual(invalid('too_long'));
  });
});

describe('phone', () => {
  test('keeps the ASCII digits that NFKC gives', () => {
    expect(outcome('phone', '＋８１ー９０①②')).toEqual(invalid('not_a_phone'));
    expect(outcome('phone', '＋８１ー９０①②34')).toEqual(hashOf('81901234'));
    // Digits of other scripts have no ASCII form.
    expect(outcome('phone', '٠١٢٣٤٥٦٧٨٩')).toEqual(invalid('not_a_phone'));
  });

  test('takes 7 to 15 digits', () => {
    expect(outcome('phone', '123456')).toEqual(invalid('not_a_phone'));
    expect(outcome('phone', '1234567')).toEqual(hashOf('1234567'));
    expect(outcome('phone', '123456789012345')).toEqual(hashOf('123456789012345'));
    expect(outcome('phone', '1234567890123456')).toEqual(invalid('not_a_phone'));
  });
});

describe('ifa', () => {
  const id = 'AEBE52E7-03EE-455A-B3C4-E57283966239';

  test('is hashed in lower case, or sent as it is', () => {
    expect(outcome('ifa', ` ${id} `)).toEqual(hashOf(id.toLowerCase()));
    expect(outcome('ifa', ` ${id} `, 'raw')).toEqual({ state: 'raw', output: id });
  });

  test('refuses other forms and the id of those who opted out', () => {
    for (const value of [
      id.replaceAll('-', ''),
      `{${id}}`,
      `${id}0`,
      id.replace('A', 'G'),
      id.replace('-', '_'),
    ]) {
      expect(outcome('ifa', value, 'raw')).toEqual(invalid('not_an_ifa'));
    }
    expect(outcome('ifa', id.replace(/[^-]/g, '0'), 'raw')).toEqual(invalid('opted_out'));
  });
});

test('a lone surrogate counts as U+FFFD', () => {
  expect(outcome('email', '\ud800a@example.com')).toEqual(hashOf('\ufffda@example.com'));
});
