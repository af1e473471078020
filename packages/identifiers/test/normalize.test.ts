/** The rules that the golden data do not cover. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { normalize } from '../src/normalize.ts';
import type { IdentifierType, IfaFormat } from '../src/rules.ts';
import { invisible, whiteSpace } from './support.ts';

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

  test.each(invisible)('removes %j at every position', (character) => {
    expect(outcome('email', `${character} a${character}@example.com ${character}`)).toEqual(hashOf('a@example.com'));
    expect(outcome('phone', ` ${character}${character} `)).toEqual({ state: 'missing' });
    const hash = sha256('a');
    expect(outcome('ifa', hash.slice(0, 9) + character + hash.slice(9))).toEqual({
      state: 'prehashed',
      output: hash,
    });
  });

  test.each(['\u180e', '\u0000', '\u001f', '\u0085', '\u200a\ufe0f', '\u2065'])(
    'does not trim %j, which is not white space',
    (character) => {
      expect(outcome('phone', character)).toEqual(invalid('not_a_phone'));
    },
  );

  test('sends 64 hexadecimal digits unchanged, in upper, lower or mixed case', () => {
    const mixed = `${'aB'.repeat(31)}09`;
    for (const type of ['email', 'phone', 'ifa'] as const) {
      expect(outcome(type, ` ${mixed}\n`)).toEqual({ state: 'prehashed', output: mixed });
    }
  });

  test('refuses the hash of an empty value, in upper and lower case', () => {
    const hash = sha256('');
    expect(outcome('email', hash)).toEqual(invalid('hash_of_empty'));
    expect(outcome('ifa', hash.toUpperCase())).toEqual(invalid('hash_of_empty'));
  });

  test('reads 1,000 characters at most', () => {
    const number = '090-1234-5678';
    expect(outcome('phone', number.padStart(1000, '-'))).toEqual(hashOf('09012345678'));
    expect(outcome('phone', number.padStart(1001, '-'))).toEqual(invalid('not_a_phone'));
    expect(outcome('phone', ` ${'\u200b'.repeat(2000)}${number.padStart(1000, '-')}`)).toEqual(hashOf('09012345678'));
    expect(outcome('email', `mailto:${' '.repeat(1000)}a@example.com`)).toEqual(invalid('too_long'));
    expect(outcome('ifa', '-'.repeat(1001))).toEqual(invalid('not_an_ifa'));
    // Four code points for each character, the most that NFKC joins. An address may have 119 of them.
    expect(outcome('email', `${'\u03b1\u0313\u0300\u0345'.repeat(114)}@b.co`)).toMatchObject({
      state: 'hashed',
    });
  });

  test('does not take full-width hexadecimal digits for a hash', () => {
    expect(outcome('email', '１'.repeat(64))).toEqual(invalid('not_an_email'));
  });
});

describe('email', () => {
  test.each([
    'a@b.c',
    'a..b@example.com',
    '.@example.com',
    "o'neil+tag@sub.example.co.jp",
    'a@-.-',
    'a@127.0.0.1x',
    'a@example.x1',
    '1.@2.example',
    "!#$%&'*+-/=?^_`{|}~@example.com",
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
    'a@example.4',
    'a@127.0.0.1',
    'a@１２７.０.０.１',
    'mailto:',
    'mailto: @example.com',
    'mailto:mailto:a@example.com',
    'to:a@example.com',
    'a@b.co@',
    'a＠b@example.com',
    ...[...'"(),:;<>[]\\'].flatMap((refused) => [`a${refused}b@example.com`, `a@exam${refused}ple.com`]),
    // Full-width forms of the same.
    'a；b@example.com',
    '<a@example.com>',
    '＜a@example.com＞',
  ])('%j is not an address', (value) => expect(outcome('email', value)).toEqual(invalid('not_an_email')));

  test.each([
    ['ｔａｒｏ＠ｅｘａｍｐｌｅ．ｃｏｍ', 'taro@example.com'],
    ['ﬁne@example.com', 'fine@example.com'],
    ['e\u0301@example.com', '\u00e9@example.com'],
    ['mailto:A@example.com', 'a@example.com'],
    ['MAILTO: \u3000A@example.com', 'a@example.com'],
    ['ｍａｉｌｔｏ：a@example.com', 'a@example.com'],
    ['ma\u200bilto:a@example.com', 'a@example.com'],
  ])('%j becomes %j', (value, normalForm) => expect(outcome('email', value)).toEqual(hashOf(normalForm)));

  test('converts to lower case as ECMAScript does', () => {
    expect(outcome('email', 'ÀÉΑΣ@EXAMPLE.com')).toEqual(hashOf('àéας@example.com'));
    // The Kelvin sign becomes an ASCII letter, and I with a dot becomes two code points.
    expect(outcome('email', '\u212a@example.com')).toEqual(hashOf('k@example.com'));
    expect(outcome('email', '\u0130@example.com')).toEqual(hashOf('i\u0307@example.com'));
  });

  test('counts the length in code points of the normal form, before other checks', () => {
    const domain = '@example.com';
    const local = (character: string, length: number) => character.repeat(length - domain.length);
    expect(outcome('email', local('a', 120) + domain)).toMatchObject({ state: 'hashed' });
    expect(outcome('email', local('a', 121) + domain)).toEqual(invalid('too_long'));
    expect(outcome('email', local('𠮷', 120) + domain)).toMatchObject({ state: 'hashed' });
    expect(outcome('email', local('𠮷', 121) + domain)).toEqual(invalid('too_long'));
    // NFKC joins two code points, or makes four from one.
    expect(outcome('email', `${local('e', 120)}\u0301${domain}`)).toMatchObject({ state: 'hashed' });
    expect(outcome('email', local('\u33a2', 120) + domain)).toEqual(invalid('too_long'));
    expect(outcome('email', `mailto:${local('a', 120)}${domain}`)).toMatchObject({ state: 'hashed' });
    expect(outcome('email', `mailto:${local('a', 121)}${domain}`)).toEqual(invalid('too_long'));
    expect(outcome('email', local('\u200b', 500) + local('a', 120) + domain)).toMatchObject({
      state: 'hashed',
    });
    // Twice as long in lower case.
    expect(outcome('email', local('\u0130', 120) + domain)).toEqual(invalid('too_long'));
    expect(outcome('email', 'x'.repeat(121))).toEqual(invalid('too_long'));
  });
});

describe('phone', () => {
  test('keeps the ASCII digits of the NFKC form', () => {
    expect(outcome('phone', '＋８１ー９０①②')).toEqual(invalid('not_a_phone'));
    expect(outcome('phone', '＋８１ー９０①②34')).toEqual(hashOf('81901234'));
    // Digits of other scripts have no ASCII form.
    expect(outcome('phone', '٠١٢٣٤٥٦٧٨٩')).toEqual(invalid('not_a_phone'));
  });

  test.each([
    ['819012345678.0', '819012345678'],
    ['819012345678.000', '819012345678'],
    ['+819012345678.0', '819012345678'],
    ['８１９０１２３４５６７８．０', '819012345678'],
    ['090123456.00', '090123456'],
  ])('removes the decimals that a spreadsheet added to %j', (value, normalForm) => {
    expect(outcome('phone', value)).toEqual({ ...hashOf(normalForm), repaired: true });
  });

  test.each([
    ['819012345678.01', '81901234567801'],
    ['819012345678.', '819012345678'],
    ['819012345678,0', '8190123456780'],
    ['090-1234-5678.0', '090123456780'],
    ['81.90.1234.000', '81901234000'],
    ['81 9012345678.0', '8190123456780'],
  ])('keeps all digits of %j', (value, normalForm) => {
    expect(outcome('phone', value)).toEqual(hashOf(normalForm));
  });

  test.each([
    '8.19012E+11',
    '8.19012e11',
    '8,19012E+11',
    '8E+11',
    '8.E+11',
    '.819012E+12',
    '+8.19012E+11',
    '-8.19012E-11',
    '819012345678E0',
    '８．１９０１２Ｅ＋１１',
  ])('%j has lost digits in a spreadsheet', (value) => {
    expect(outcome('phone', value)).toEqual({ ...invalid('not_a_phone'), digitsLost: true });
  });

  test.each([
    ['phone 8190123', '8190123'],
    ['81901234E', '81901234'],
    ['81901234E+', '81901234'],
    ['8.1.9012E+11', '81901211'],
    ['E+81901234', '81901234'],
    ['8 E+1901234', '81901234'],
  ])('does not read %j as a number with an exponent', (value, normalForm) => {
    expect(outcome('phone', value)).toEqual(hashOf(normalForm));
  });

  test.each([
    ['+81 (0)90-1234-5678', '819012345678'],
    ['+81(0)90 1234 5678', '819012345678'],
    ['+49 (0) 151 23456789', '4915123456789'],
    ['+ 44 - (0)20 7946 0958', '442079460958'],
    ['tel:+66 (0)81 234 5678', '66812345678'],
    ['＋８１（０）９０１２３４５６７８', '819012345678'],
    ['+81 (0)90 (0)1234 567', '819001234567'],
    // The country code is in another place, or missing.
    ['+(0)81 90 1234 5678', '0819012345678'],
    ['81 (0)90 1234 5678', '8109012345678'],
    ['(0)90-1234-5678 +', '09012345678'],
    ['+81 (00)90 1234 5678', '81009012345678'],
  ])('reads %j as the digits %s', (value, normalForm) => {
    expect(outcome('phone', value)).toEqual(hashOf(normalForm));
  });

  test.each(['0000000', '1111111', '000-0000-0000', '999999999999999', '+77777777', '2222222.0', '８８８８８８８８'])(
    '%j has only one digit, repeated',
    (value) => expect(outcome('phone', value)).toEqual(invalid('not_a_phone')),
  );

  test('accepts 7 to 15 digits', () => {
    expect(outcome('phone', '123456')).toEqual(invalid('not_a_phone'));
    expect(outcome('phone', '1234567')).toEqual(hashOf('1234567'));
    expect(outcome('phone', '123456789012345')).toEqual(hashOf('123456789012345'));
    expect(outcome('phone', '1234567890123456')).toEqual(invalid('not_a_phone'));
  });
});

describe('ifa', () => {
  const id = 'AEBE52E7-03EE-455A-B3C4-E57283966239';

  test('is hashed in lower case, or sent unchanged', () => {
    expect(outcome('ifa', ` ${id} `)).toEqual(hashOf(id.toLowerCase()));
    expect(outcome('ifa', ` ${id} `, 'raw')).toEqual({ state: 'raw', output: id });
    expect(outcome('ifa', `\u200e${id.slice(0, 8)}\u00ad${id.slice(8)}`, 'raw')).toEqual({
      state: 'raw',
      output: id,
    });
  });

  test('refuses other forms, and the id of people who opted out', () => {
    for (const value of [id.replaceAll('-', ''), `{${id}}`, `${id}0`, id.replace('A', 'G'), id.replace('-', '_')]) {
      expect(outcome('ifa', value, 'raw')).toEqual(invalid('not_an_ifa'));
    }
    expect(outcome('ifa', id.replace(/[^-]/g, '0'), 'raw')).toEqual(invalid('opted_out'));
  });
});

test('a lone surrogate counts as U+FFFD', () => {
  expect(outcome('email', '\ud800a@example.com')).toEqual(hashOf('\ufffda@example.com'));
});
