/**
 * Detects the encoding of a text that is not UTF-8 and does not declare its encoding, such as a CSV from
 * Excel in Japan. A library suggests an encoding. Then decoding must prove it: every byte must fit, and most
 * characters must be in everyday use. If two encodings pass the test, or none, we do not guess but ask a
 * person. (The later scan decodes the whole file just as strictly.)
 */
import { isUtf8 } from 'node:buffer';
import { decodeWhole } from './encoding.ts';

/** How many bytes are examined, counting only fields with more than ASCII. */
const SAMPLE = 1 << 16;
/** Fewer characters are no proof. */
const FEWEST_CHARACTERS = 3;
/** The share of everyday characters in normal text. The others are characters of rare names. */
const EVERYDAY_SHARE = 0.8;
/** The library's confidence, from 0 to 100. Below this, it has seen too little. */
const LIBRARY_THRESHOLD = 40;

type Range = readonly [from: number, to: number];

/**
 * An encoding with two bytes per character: its everyday characters, and the signs and digits that prove
 * nothing.
 */
interface TwoBytes {
  readonly everyday: readonly Range[];
  readonly signs: readonly Range[];
  /**
   * Characters of names that the vendor added, and that every row may have (髙 and 﨑 of code page 932). Everyday, if the
   * second byte is not ASCII: with an ASCII letter behind it, the first one is more often a letter of a European
   * encoding.
   */
  readonly added?: readonly Range[];
  /** The smallest second byte of these characters. */
  readonly least: number;
  /** The length in bytes of the character at `at`. */
  length(bytes: Uint8Array, at: number): number;
}

const two = () => 2;

const ENCODINGS: Readonly<Record<string, TwoBytes>> = {
  shift_jis: {
    // Kana with the long mark; kanji of level 1.
    everyday: [
      [0x815b, 0x815b],
      [0x829f, 0x82f1],
      [0x8340, 0x8396],
      [0x889f, 0x9872],
    ],
    signs: [
      [0x8140, 0x815a],
      [0x815c, 0x829a],
      // Signs of NEC, such as ① and ㈱, and its copies of what IBM added.
      [0x8740, 0x879c],
      [0xed40, 0xeefc],
    ],
    added: [[0xfa5c, 0xfc4b]],
    least: 0x40,
    // Half-width katakana take one byte. Letters of European encodings have the same bytes, so they prove
    // nothing.
    length: (bytes, at) => (bytes[at]! >= 0xa0 && bytes[at]! <= 0xdf ? 1 : 2),
  },
  'euc-jp': {
    everyday: [
      [0xa1bc, 0xa1bc],
      [0xa4a1, 0xa4f3],
      [0xa5a1, 0xa5f6],
      [0xb0a1, 0xcfd3],
      // Half-width katakana. As Shift_JIS, these bytes would be kanji, all with the same first byte.
      [0x8ea1, 0x8edf],
    ],
    signs: [
      [0xa1a1, 0xa1bb],
      [0xa1bd, 0xa3fe],
      [0xada1, 0xadfc],
      // What NEC copied of what IBM added, and JIS X 0212, with three bytes.
      [0xf9a1, 0xfcfe],
      [0x8fa1, 0x8ffe],
    ],
    least: 0xa1,
    length: (bytes, at) => (bytes[at] === 0x8f ? 3 : 2),
  },
  big5: { everyday: [[0xa440, 0xc67e]], signs: [[0xa140, 0xa3fe]], least: 0x40, length: two },
  gb18030: {
    everyday: [[0xb0a1, 0xd7f9]],
    signs: [[0xa1a1, 0xa3fe]],
    least: 0xa1,
    length: (bytes, at) => ((bytes[at + 1] ?? 0) < 0x40 ? 4 : 2),
  },
  'euc-kr': { everyday: [[0xb0a1, 0xc8fe]], signs: [[0xa1a1, 0xa3fe]], least: 0xa1, length: two },
};

/**
 * The library's names for these encodings. In its other encodings every byte fits, so nothing could prove
 * them.
 */
const BY_LIBRARY: Readonly<Record<string, string>> = {
  Shift_JIS: 'shift_jis',
  'EUC-JP': 'euc-jp',
  Big5: 'big5',
  GB18030: 'gb18030',
  'EUC-KR': 'euc-kr',
};

/**
 * @param head the beginning of a text
 * @param complete whether the text ends with the head
 * @returns undefined for UTF-8, and when nothing is certain
 */
export async function detectEncoding(head: Uint8Array, complete: boolean): Promise<string | undefined> {
  // The last row may end in the middle of a character.
  const end = Math.max(head.lastIndexOf(0x0a), head.lastIndexOf(0x0d)) + 1;
  const whole = complete ? head : head.subarray(0, end);
  if (isUtf8(whole) || isDamagedUtf8(whole) || isBinary(whole)) return undefined;
  const sample = sampleOf(whole);
  const fitting: string[] = [];
  for (const [encoding, description] of Object.entries(ENCODINGS)) {
    if (isEveryday(...charactersOf(sample, description)) && (await decodeWhole(sample, encoding)) !== undefined)
      fitting.push(encoding);
  }
  if (!fitting.includes('shift_jis') && isHalfWidth(sample) && (await decodeWhole(sample, 'shift_jis')))
    fitting.push('shift_jis');
  const thai = await decodeWhole(sample, 'windows-874');
  if (thai !== undefined && isEveryday(...thaiOf(thai))) fitting.push('windows-874');
  if (fitting.length === 0) return undefined;
  const { analyse } = await import('chardet');
  const detected = analyse(sample).find(
    ({ name, confidence }) => name in BY_LIBRARY && confidence >= LIBRARY_THRESHOLD,
  );
  if (!detected) return fitting.length === 1 ? fitting[0] : undefined;
  return fitting.find((encoding) => encoding === BY_LIBRARY[detected.name]);
}

/**
 * Damaged UTF-8: the rest of it is still valid. It must stay an error, because another encoding would turn it
 * into other text.
 */
function isDamagedUtf8(bytes: Uint8Array): boolean {
  const text = new TextDecoder().decode(bytes);
  const damaged = text.split('\ufffd').length - 1;
  let sound = 0;
  for (const character of text) if (character > '\x7f' && character !== '\ufffd') sound++;
  return sound >= damaged;
}

/** Control characters that never occur in text. */
const isBinary = (bytes: Uint8Array): boolean => bytes.some((byte) => byte < 0x08);

/**
 * The fields with more than ASCII. The characters that end a field are never the second byte of another one.
 */
function sampleOf(bytes: Uint8Array): Buffer {
  const fields: string[] = [];
  let length = 0;
  for (const [field] of Buffer.from(bytes)
    .toString('latin1')
    .matchAll(/[^\t\r\n",]+/g)) {
    if (!/[\x80-\xff]/.test(field)) continue;
    length += field.length + 1;
    if (length > SAMPLE) break;
    fields.push(field);
  }
  return Buffer.from(fields.join('\n'), 'latin1');
}

type Counted = readonly [everyday: number, others: number];

const isEveryday = (everyday: number, others: number): boolean =>
  everyday >= FEWEST_CHARACTERS && everyday / (everyday + others) >= EVERYDAY_SHARE;

/** A field of half-width katakana of Shift_JIS, as banks and old systems write names: one byte for each. */
const HALF_WIDTH_FIELD = /^[\xa1-\xdf\d ()./-]+$/;
/** The share of such fields. The others are those of the header. */
const HALF_WIDTH_SHARE = 0.8;
const FEWEST_HALF_WIDTH = 12;
/** The share of ｱ to ｿ in Japanese names is a third. In other encodings, these bytes are rare signs and not letters. */
const A_TO_SO_SHARE = 0.15;

function isHalfWidth(bytes: Buffer): boolean {
  const fields = bytes.toString('latin1').split('\n');
  const kana = fields.filter((field) => HALF_WIDTH_FIELD.test(field));
  const count = (pattern: RegExp) => (kana.join('').match(pattern) ?? []).length;
  const all = count(/[\xa1-\xdf]/g);
  return (
    kana.length >= fields.length * HALF_WIDTH_SHARE &&
    all >= FEWEST_HALF_WIDTH &&
    count(/[\xb1-\xbf]/g) >= all * A_TO_SO_SHARE
  );
}

function charactersOf(bytes: Uint8Array, { everyday, signs, added = [], least, length }: TwoBytes): Counted {
  let usual = 0;
  let others = 0;
  for (let at = 0; at < bytes.length; ) {
    const taken = bytes[at]! < 0x80 ? 1 : length(bytes, at);
    if (bytes[at]! >= 0x80 && taken > 1) {
      const code = bytes[at]! * 256 + (bytes[at + 1] ?? 0);
      const isIn = ([from, to]: Range) => code >= from && code <= to && code % 256 >= least;
      if (everyday.some(isIn) || (code % 256 >= 0x80 && added.some(isIn))) usual++;
      else if (!signs.some(isIn) && !added.some(isIn)) others++;
    }
    at += taken;
  }
  return [usual, others];
}

/** Thai syllables: marks follow a consonant, and a leading vowel stands before one. */
const SYLLABLES =
  /(?:[\u0e40-\u0e44]?[\u0e01-\u0e2e][\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]*[\u0e30\u0e32\u0e33\u0e45\u0e2f\u0e46]*){2,}/gu;

function thaiOf(text: string): Counted {
  const inSyllables = (text.match(SYLLABLES) ?? []).reduce((sum, { length }) => sum + length, 0);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what is not ASCII
  const all = text.replace(/[\x00-\x7f\u0e50-\u0e59]/gu, '').length;
  return [inSyllables, all - inSyllables];
}
