/**
 * The encoding of a text that is not UTF-8 and says nothing of it, as Excel in Japan writes CSV. A library looks at the bytes; what it
 * finds is proved by decoding: every byte must fit, and what comes out must be what people write in that encoding every day. Where
 * two encodings pass, or none, nothing is guessed: a person is asked. (Whoever reads the file on decodes all of it as strictly.)
 */
import { isUtf8 } from 'node:buffer';
import { decodeWhole } from './encoding.ts';

/** What is looked at, in bytes: only of fields that hold more than ASCII. */
const SAMPLE = 1 << 16;
/** A word of fewer characters could be anything. */
const FEWEST_CHARACTERS = 3;
/** The share of everyday characters in what people write: the others are of rare names. */
const EVERYDAY_SHARE = 0.8;
/** The library's own measure, of 100; below it says that it has seen too little. */
const LIBRARY_IS_SURE = 40;

type Range = readonly [from: number, to: number];

/** Of an encoding of two bytes: which of its characters are in everyday use, and which tell nothing, as signs and digits do. */
interface TwoBytes {
  readonly everyday: readonly Range[];
  readonly signs: readonly Range[];
  /** The least second byte of these. */
  readonly least: number;
  /** Bytes that the character takes which begins at `at`. */
  length(bytes: Uint8Array, at: number): number;
}

const two = () => 2;

const ENCODINGS: Readonly<Record<string, TwoBytes>> = {
  shift_jis: {
    // Kana and its long mark; ideographs of the first level.
    everyday: [
      [0x815b, 0x815b],
      [0x829f, 0x82f1],
      [0x8340, 0x8396],
      [0x889f, 0x9872],
    ],
    signs: [
      [0x8140, 0x815a],
      [0x815c, 0x829a],
    ],
    least: 0x40,
    // Katakana of half width take one: so do letters of Europe, and they prove nothing.
    length: (bytes, at) => (bytes[at]! >= 0xa0 && bytes[at]! <= 0xdf ? 1 : 2),
  },
  'euc-jp': {
    everyday: [
      [0xa1bc, 0xa1bc],
      [0xa4a1, 0xa4f3],
      [0xa5a1, 0xa5f6],
      [0xb0a1, 0xcfd3],
    ],
    signs: [
      [0xa1a1, 0xa1bb],
      [0xa1bd, 0xa3fe],
      [0x8ea1, 0x8edf],
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

/** The library's names of these. Of its others every byte fits: nothing would prove them. */
const BY_LIBRARY: Readonly<Record<string, string>> = {
  Shift_JIS: 'shift_jis',
  'EUC-JP': 'euc-jp',
  Big5: 'big5',
  GB18030: 'gb18030',
  'EUC-KR': 'euc-kr',
};

/**
 * @param head the beginning of a text
 * @param complete nothing follows it
 * @returns undefined for UTF-8, and where nothing is sure
 */
export async function detectEncoding(head: Uint8Array, complete: boolean): Promise<string | undefined> {
  // A row may be cut off in the middle of a character.
  const end = Math.max(head.lastIndexOf(0x0a), head.lastIndexOf(0x0d)) + 1;
  const whole = complete ? head : head.subarray(0, end);
  if (isUtf8(whole) || isRatherUtf8(whole) || isBinary(whole)) return undefined;
  const sample = sampleOf(whole);
  const fitting: string[] = [];
  for (const [encoding, described] of Object.entries(ENCODINGS)) {
    if (isEveryday(...charactersOf(sample, described)) && (await decodeWhole(sample, encoding)) !== undefined)
      fitting.push(encoding);
  }
  const thai = await decodeWhole(sample, 'windows-874');
  if (thai !== undefined && isEveryday(...thaiOf(thai))) fitting.push('windows-874');
  if (fitting.length === 0) return undefined;
  const { analyse } = await import('chardet');
  const told = analyse(sample).find(
    ({ name, confidence }) => name in BY_LIBRARY && confidence >= LIBRARY_IS_SURE,
  );
  if (!told) return fitting.length === 1 ? fitting[0] : undefined;
  return fitting.find((encoding) => encoding === BY_LIBRARY[told.name]);
}

/** Damaged UTF-8: what is left of it shows. It stays an error, for in another encoding it would become other text. */
function isRatherUtf8(bytes: Uint8Array): boolean {
  const text = new TextDecoder().decode(bytes);
  const damaged = text.split('\ufffd').length - 1;
  let sound = 0;
  for (const character of text) if (character > '\x7f' && character !== '\ufffd') sound++;
  return sound >= damaged;
}

/** Control characters that no text has. */
const isBinary = (bytes: Uint8Array): boolean => bytes.some((byte) => byte < 0x08);

/** The fields that hold more than ASCII. What ends them is never the second byte of a character. */
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

function charactersOf(bytes: Uint8Array, { everyday, signs, least, length }: TwoBytes): Counted {
  let usual = 0;
  let others = 0;
  for (let at = 0; at < bytes.length; ) {
    const taken = bytes[at]! < 0x80 ? 1 : length(bytes, at);
    if (bytes[at]! >= 0x80 && taken > 1) {
      const code = bytes[at]! * 256 + (bytes[at + 1] ?? 0);
      const isIn = ([from, to]: Range) => code >= from && code <= to && code % 256 >= least;
      if (everyday.some(isIn)) usual++;
      else if (!signs.some(isIn)) others++;
    }
    at += taken;
  }
  return [usual, others];
}

/** Syllables as they are written: marks follow a consonant, and the vowels that stand in front are followed by one. */
const SYLLABLES =
  /(?:[\u0e40-\u0e44]?[\u0e01-\u0e2e][\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]*[\u0e30\u0e32\u0e33\u0e45\u0e2f\u0e46]*){2,}/gu;

function thaiOf(text: string): Counted {
  const inSyllables = (text.match(SYLLABLES) ?? []).reduce((sum, { length }) => sum + length, 0);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what is not ASCII
  const all = text.replace(/[\x00-\x7f\u0e50-\u0e59]/gu, '').length;
  return [inSyllables, all - inSyllables];
}
