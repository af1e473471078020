/**
 * The kernel and the model agree on e-mail addresses that are long or not ASCII, and the kernel decides most of them
 * alone.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { KernelOptions } from '../src/kernel/instance.ts';
import { sharedMemory } from '../src/kernel/module.ts';
import { pageOf } from '../src/kernel/wide-characters.ts';
import { invisible, record, runKernel, runModel, unlimited, whiteSpace } from './support.ts';

const emails: KernelOptions = { type: 'email', marked: false, ...unlimited };
const memory = sharedMemory();

function expectAgreement(values: readonly (string | Uint8Array)[], message?: string): void {
  const stream = Buffer.concat(values.map((value) => record(value)));
  expect(runKernel(emails, [stream], memory), message).toEqual(runModel(emails, stream));
}

/** How often the kernel asks the host: each time, the rules read the type. */
function questionsAbout(values: readonly string[]): number {
  let read = 0;
  const options: KernelOptions = {
    ...unlimited,
    marked: false,
    get type() {
      read++;
      return 'email' as const;
    },
  };
  runKernel(options, []);
  const before = read;
  runKernel(options, [Buffer.concat(values.map((value) => record(value)))]);
  return read - 2 * before;
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n);
/** In the local part and in the domain, within and at the ends. */
const inAddresses = (text: string) => [
  `a${text}b@x.yz`,
  `a@b${text}c.yz`,
  `${text}@x.yz`,
  `a@x.${text}`,
  `${text}a@x.yz`,
  `a@x.y${text}`,
];

/**
 * Tens of thousands of characters with the same properties: each is tried in one place, and so each place with
 * thousands of them.
 */
const uniform = /[\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\ud800-\udfff\ue000-\uf8ff]/;

describe('without a question to the host', () => {
  test('long addresses', () => {
    const lengths = range(1, 200).map((length) => `${'x'.repeat(length)}@Mail.example.com`);
    expect(questionsAbout(lengths)).toBe(0);
  });

  test('addresses of many scripts and in full-width characters', () => {
    const names = [
      'zoë',
      'SØREN',
      'žofie',
      'Иван',
      'ΑΛΕΞΑΝΔΡΑ',
      '山田太郎',
      'はなこ',
      'ガブリエル',
      '김철수',
      'ｔａｒｏ',
    ];
    expect(questionsAbout(names.flatMap((name) => [`${name}@example.jp`, `taro@${name}.jp`]))).toBe(0);
    expect(questionsAbout(['ＴＡＲＯ＠ｅｘａｍｐｌｅ．ｊｐ', 'ﾀﾛｳ@example.jp', 'a b@é.jp', '..@é..jp'])).toBe(0);
  });

  test('but not about text that is no address until all of it is normalised', () => {
    expect(questionsAbout(['mailto:a@é.jp', 'e\u0301@x.jp', 'a\u200bb@x.jp', 'ς@ΟΔΟΣ.gr'])).toBeGreaterThan(3);
  });
});

describe('the kernel agrees with the model', () => {
  test('on ASCII of every length', () => {
    for (const write of [
      (length: number) => `${'X'.repeat(length)}@Example.com`,
      (length: number) => `a@${'Y'.repeat(length)}.com`,
      (length: number) => `a@${'b.'.repeat(length / 2)}com`,
      (length: number) => `a@b.${'7'.repeat(length)}`,
      (length: number) => `mailto:${'x'.repeat(length)}@b.co`,
      (length: number) => 'x'.repeat(length),
      (length: number) => `${'x'.repeat(length)}@`,
      (length: number) => `${'x'.repeat(length)}@b@c.de`,
      (length: number) => `${'x'.repeat(length)}@b..de`,
      (length: number) => `${'x'.repeat(length)}@b.de.`,
      (length: number) => `@${'x'.repeat(length)}.de`,
    ]) {
      expectAgreement(range(1, 400).map(write), write(3));
    }
    expectAgreement(range(980, 1020).map((length) => `${'x'.repeat(length)}@b.co`));
  });

  test('on each ASCII character at each position of a long address', () => {
    const address = `${'Abc.d'.repeat(11)}@${'e-f.'.repeat(4)}gh`;
    expectAgreement(
      range(0, address.length).flatMap((place) =>
        range(0, 127).map((code) => address.slice(0, place) + String.fromCharCode(code) + address.slice(place + 1)),
      ),
    );
  });

  test('on each character of the Basic Multilingual Plane', { timeout: 60_000 }, () => {
    for (const page of range(0, 255)) {
      const codes = range(page * 256, page * 256 + 255);
      const places = codes.flatMap((code) => {
        const all = inAddresses(String.fromCharCode(code));
        return uniform.test(String.fromCharCode(code)) ? [all[code % all.length]!] : all;
      });
      expectAgreement(places, `page ${page}`);
    }
  });

  test('on each character of the Basic Multilingual Plane in a long address', { timeout: 60_000 }, () => {
    for (const page of range(0, 255)) {
      const characters = range(page * 256, page * 256 + 255).map((code) => String.fromCharCode(code));
      expectAgreement(
        characters.map((character) => `${'x'.repeat(50)}${character}@${character}.example`),
        `page ${page}`,
      );
    }
  });

  test('on characters next to those that they may combine with', () => {
    const first = [...'aeAΣσΑΟςιかカハｶﾊ가각\u1100\u1161\u0915\u09c7\u0b47\u0dd9<=', '\u0130', 'ı', 'ﬁ', 'İ'];
    const second = [
      ...'\u0300\u0301\u0307\u0308\u0323\u0327\u0338\u0345\u3099\u309a\uff9e\uff9f\u1161\u11a8\u11c2\u09be\u0b3e\u0dcf',
      ...'Σς\u03f9ßẞıſ\u212a\u212bﬃ㎢①½\u00b4\u037a\u1fbd\uffa1\uffc2\u3131\u314f\ufe7c\u0e33\u0eb3',
      ...invisible,
      ...whiteSpace,
      '𝒶',
      '𐐀',
      '👪',
      '\ufffd',
    ];
    const all = [...first, ...second];
    expectAgreement(all.flatMap((a) => all.flatMap((b) => inAddresses(a + b))));
  });

  test('on lengths around every limit, in characters and bytes', () => {
    // The lower case of the last two is longer, or shorter, in bytes.
    for (const filler of ['a', 'é', 'あ', 'ａ', '①', '\ufffd', '\u023a', '\u212a']) {
      expectAgreement(
        range(1, 130).flatMap((count) => [
          `${filler.repeat(count)}@x.jp`,
          `ab${filler.repeat(count)}@x.jp`,
          `c@${filler.repeat(count)}.jp`,
        ]),
        filler,
      );
    }
    // Near the longest text that the kernel examines, the last one with the longest normal form.
    for (const [filler, bytes] of [
      ['a', 1],
      ['é', 2],
      ['あ', 3],
      ['\u023a', 2],
    ] as const) {
      const around = Math.floor(1000 / bytes);
      expectAgreement(range(around - 5, around + 5).map((count) => filler.repeat(count)));
    }
  });

  test('on full-width signs and what looks like them', () => {
    const signs = [...'@＠﹫.．。｡․﹒-－:：,，"＂ \u3000１1'];
    expectAgreement(
      signs.flatMap((a) => signs.flatMap((b) => signs.map((c) => `a${a}b${b}c${c}d`))).concat('ｍａｉｌｔｏ：a@b.jp'),
    );
    expectAgreement(['a@b.１２', 'a@b.１x', 'a@１．２', `a＠${'b'.repeat(60)}．ｊｐ`, `${'ａ'.repeat(113)}＠ｂ．ｊｐ`]);
  });

  test('on bytes that are not UTF-8', () => {
    const broken = [
      [0x80],
      [0xbf, 0x80],
      [0xc0, 0x80],
      [0xc1, 0xbf],
      [0xc3],
      [0xc3, 0xc3, 0xa9],
      [0xdf, 0xc0],
      [0xe0, 0x80, 0x80],
      [0xe0, 0x9f, 0xbf],
      [0xe3, 0x81],
      [0xe3, 0x81, 0x61],
      [0xe3, 0xc1, 0x81],
      [0xed, 0xa0, 0x80],
      [0xed, 0xbf, 0xbf],
      [0xef, 0xbf],
      [0xf0, 0x9d, 0x92],
      [0xf0, 0x8f, 0xbf, 0xbf],
      [0xf4, 0x90, 0x80, 0x80],
      [0xf8],
      [0xff],
    ];
    const values = broken.flatMap((bytes) =>
      ['', 'é', 'x'.repeat(60)].flatMap((rest) => [
        Buffer.concat([Buffer.from(`${rest}a`), Buffer.from(bytes), Buffer.from('b@x.yz')]),
        Buffer.concat([Buffer.from(`${rest}a@x.y`), Buffer.from(bytes)]),
        Buffer.concat([Buffer.from(bytes), Buffer.from(`${rest}@x.yz`)]),
      ]),
    );
    expectAgreement(values);
  });

  test('on characters that the end of the stream cuts, whatever bytes an earlier block has left behind it', () => {
    for (const [shift, cut, text] of range(0, 2).flatMap((n) =>
      range(1, 8).flatMap((m) => ['a@x.あいう', 'a@x.éèêë'].map((whole) => [n, m, whole] as const)),
    )) {
      const earlier = record(`${'x'.repeat(shift)}${'あ'.repeat(100)}`);
      const last = Buffer.from(text).subarray(0, -cut);
      expect(runKernel(emails, [earlier, last], memory)).toEqual(runModel(emails, Buffer.concat([earlier, last])));
    }
  });

  test('on addresses of any characters', () => {
    const plain = range(0x80, 0xffff).filter((code) => pageOf(code >> 8)[code & 0xff] !== 0);
    expect(plain.length).toBeGreaterThan(40_000);
    const character = fc.oneof(
      { weight: 30, arbitrary: fc.constantFrom(...plain).map((code) => String.fromCharCode(code)) },
      { weight: 20, arbitrary: fc.constantFrom(...'abcXYZ09.-_@') },
      {
        weight: 1,
        arbitrary: fc.constantFrom(...invisible, ...whiteSpace, '\u0301', '\u3099', 'Σ', '𝒶', ':', ','),
      },
    );
    const address = fc
      .tuple(fc.string({ unit: character, maxLength: 60 }), fc.string({ unit: character, maxLength: 60 }))
      .map(([local, domain]) => `${local}@${domain}.jp`);
    fc.assert(
      fc.property(fc.array(address, { minLength: 200, maxLength: 400, size: 'max' }), (values) =>
        expectAgreement(values),
      ),
      { numRuns: 20 },
    );
  });
});

/** So the normal form of a text whose characters have one of their own is the sequence of these. */
describe('no character with a normal form of its own', () => {
  const points = range(0, 0x10ffff).filter((code) => code < 0xd800 || code > 0xdfff);
  const hasForm = (code: number) => code > 0x7f && code < 0x10000 && pageOf(code >> 8)[code & 0xff] !== 0;

  test('combines with the one before', () => {
    const combining = new Set(points.flatMap((code) => [...String.fromCodePoint(code).normalize('NFD')].slice(1)));
    expect([...combining].filter((character) => hasForm(character.codePointAt(0)!))).toEqual([]);
    // Nor does what becomes such a character.
    const becoming = points.filter(
      (code) => hasForm(code) && combining.has([...String.fromCodePoint(code).normalize('NFKD')][0]!),
    );
    expect(becoming).toEqual([]);
  });

  test('changes its place: only marks do', () => {
    const moved = points.filter((code) => hasForm(code) && /\p{M}/u.test(String.fromCodePoint(code).normalize('NFKC')));
    expect(moved).toEqual([]);
  });
});
