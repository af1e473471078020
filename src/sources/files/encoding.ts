/**
 * Character encodings of text files, as in the WHATWG Encoding standard: their names, and decoding to UTF-8.
 */
import { isAscii } from 'node:buffer';
import { LineupError } from '../../domain/errors/errors.ts';
import { joinSentences, sentence } from '../../domain/text/sentence.ts';

/** How many bytes are decoded at once, so that the event loop can run in between. */
const SLICE = 1 << 18;

/**
 * Encodings that Node's own decoder (ICU) reads differently from the standard, without an error. It lacks the
 * extension of EUC-KR (CP949), it gives private-use characters for those of Big5, and in EUC-JP it accepts
 * any byte. All other encodings are exact (Shift_JIS with the correction below), and up to three times faster
 * than with the library.
 */
const INEXACT = new Set(['big5', 'euc-jp', 'euc-kr']);

/**
 * Control characters of Shift_JIS, such as Ctrl-Z: what ICU gives, following IBM's mainframes, and what they
 * really are.
 */
const EXCHANGED: readonly (readonly [string, string])[] = [
  ['\x1a', '\x7f'],
  ['\x1c', '\x1a'],
  ['\x7f', '\x1c'],
];

/**
 * The encoding of a byte order mark. It goes before an encoding that somebody names (WHATWG Encoding, section
 * 6).
 */
export function markedEncoding(head: Uint8Array): string | undefined {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return 'utf-8';
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  return undefined;
}

/** Thrown by `decode` after the last valid text. The caller knows the row. */
export class UndecodableBytesError extends Error {
  override readonly name = 'UndecodableBytesError';
}

/**
 * Decodes to UTF-8 without a byte order mark.
 * @throws {UndecodableBytesError} after all text before the first invalid bytes
 */
export async function* decode(blocks: AsyncIterable<Uint8Array>, encoding: string): AsyncGenerator<Uint8Array, void> {
  const toText = await decoderOf(encoding);
  for await (const block of blocks) {
    for (let at = 0; at < block.length; at += SLICE) {
      yield* encodeWhole(toText(block.subarray(at, at + SLICE), { stream: true }));
    }
  }
  yield* encodeWhole(toText());
}

/** The text. Undefined unless every byte of it fits. */
export async function decodeWhole(bytes: Uint8Array, encoding: string): Promise<string | undefined> {
  const text = (await decoderOf(encoding))(bytes);
  return text.includes('\ufffd') ? undefined : text;
}

type Decoder = (bytes?: Uint8Array, options?: { readonly stream: boolean }) => string;

async function decoderOf(encoding: string): Promise<Decoder> {
  // The library's tables are large, so it is loaded only when it is needed.
  const { TextDecoder: Chosen } = INEXACT.has(encoding) ? await import('@exodus/bytes/encoding.js') : globalThis;
  const decoder = new Chosen(encoding);
  if (encoding !== 'shift_jis') return (bytes, options) => decoder.decode(bytes, options);
  return (bytes, options) => withControls(decoder.decode(bytes, options));
}

function withControls(text: string): string {
  if (!EXCHANGED.some(([given]) => text.includes(given))) return text;
  const controls = new Map(EXCHANGED);
  return Array.from(text, (character) => controls.get(character) ?? character).join('');
}

/**
 * Without its escapes, ISO-2022-JP looks like ASCII. These switch to characters of two bytes, to katakana and
 * to JIS-Roman.
 */
const JAPANESE_ESCAPES = ['\x1b$@', '\x1b$B', '\x1b(I', '\x1b(J'];

/** Recognises an undeclared encoding by the escapes at the beginning of an ASCII text. */
export function escapedEncoding(head: Uint8Array): string | undefined {
  if (!head.includes(0x1b) || !isAscii(head)) return undefined;
  const text = Buffer.from(head);
  return JAPANESE_ESCAPES.some((sequence) => text.includes(sequence)) ? 'iso-2022-jp' : undefined;
}

/** The decoder replaces invalid bytes with U+FFFD. No legacy encoding and no valid text contains it. */
function* encodeWhole(text: string): Generator<Uint8Array, void> {
  const fault = text.indexOf('\ufffd');
  const whole = fault === -1 ? text : text.slice(0, fault);
  if (whole !== '') yield Buffer.from(whole);
  if (fault !== -1) throw new UndecodableBytesError();
}

/** How a text was decoded. */
export interface Decoded {
  /** Undefined means UTF-8. */
  readonly encoding: string | undefined;
  /** The encoding was detected from the text, not named by a person or a byte order mark. */
  readonly isDetected: boolean;
}

/**
 * Whether a text that was decoded as UTF-16 is none, or one with the other order of bytes. Every table has ASCII
 * characters: its delimiters, its line ends, and its identifiers.
 * @param head the beginning of the decoded text
 */
export function isWrongUtf16(encoding: string | undefined, head: Uint8Array): boolean {
  if (!encoding?.startsWith('utf-16') || head.length === 0) return false;
  let ascii = 0;
  let swapped = 0;
  for (const character of Buffer.from(head).toString('utf8')) {
    const code = character.charCodeAt(0);
    if (code < 0x80) ascii += 1;
    if ((code & 0xff) === 0 && code >> 8 < 0x80) swapped += 1;
  }
  return ascii === 0 || swapped > ascii;
}

/** @param row counts from 1 after the header; 0 is the header */
export function encodingError(name: string, row: number, { encoding, isDetected }: Decoded): LineupError {
  const place = row === 0 ? sentence`in its header` : sentence`at row ${String(row)}`;
  if (encoding !== undefined && !isDetected) {
    return new LineupError('source_encoding', sentence`${name} is not valid in the encoding ${encoding} (${place}).`);
  }
  return new LineupError(
    'source_encoding',
    joinSentences(
      encoding === undefined
        ? sentence`${name} is not valid UTF-8 (${place}).`
        : sentence`${name} looks like ${encoding}, but a part of it is not valid in this encoding (${place}).`,
      sentence`Choose its encoding, or save the file as UTF-8.`,
    ),
  );
}

/** Examples for the message about an unknown name. */
const COMMON = [
  'shift_jis',
  'euc-jp',
  'iso-2022-jp',
  'utf-16le',
  'big5',
  'gb18030',
  'euc-kr',
  'windows-874',
  'windows-1252',
];

/**
 * The standard's names, each with other names that the standard does not have. Python, Java, Windows and
 * databases use them. They are written without `-`, `_`, `.` and spaces.
 */
const OTHERS: Readonly<Record<string, string>> = {
  'utf-8': 'u8 utf utf8sig utf8bom utf8mb3 utf8mb4 cp65001 65001',
  // Without a byte order mark, as Windows writes it.
  'utf-16le': 'u16 utf16 utf16le cp1200 1200',
  'utf-16be': 'utf16be cp1201 1201',
  shift_jis: 'sjis shiftjis windows31j mskanji ms932 cp932 cp943 932 sjiswin',
  'euc-jp': 'eucjp ujis eucjpms eucjpwin cp51932 51932',
  'iso-2022-jp': 'iso2022jp jis csiso2022jp cp50220 50220 cp50221 50221',
  'euc-kr': 'euckr cp949 ms949 windows949 xwindows949 uhc 949 ksc56011987 ksx1001',
  big5: 'big5hkscs big5hk hkscs big5tw big5eten cp950 ms950 windows950 xwindows950 950 cp951',
  gbk: 'gb2312 cp936 ms936 windows936 936 euccn',
  gb18030: 'gb180302000 gb180302005 cp54936 54936',
  'windows-874': 'cp874 ms874 874 tis620 iso885911 thai',
  'windows-1252': 'latin1 iso88591 8859 cp28591 28591 usascii 1252',
  'iso-8859-15': 'latin9 cp28605 28605',
  macintosh: 'macroman',
  'x-mac-cyrillic': 'maccyrillic',
};

const ALIASES = new Map(
  Object.entries(OTHERS).flatMap(([encoding, names]) => names.split(' ').map((name) => [name, encoding])),
);

/**
 * The standard's name of an encoding.
 * @throws {LineupError} `invalid_argument` for an unknown name
 */
export function resolveEncoding(name: string): string {
  const label = name.trim().toLowerCase();
  const bare = label.replace(/[-_.\s]/g, '');
  // Python writes `euc_jp` for `euc-jp`, and `iso8859_2` for `iso-8859-2`.
  for (const candidate of [label, ALIASES.get(bare), label.replaceAll('_', '-'), bare]) {
    const known = candidate === undefined ? undefined : standardName(candidate);
    if (known !== undefined) return known;
  }
  throw new LineupError(
    'invalid_argument',
    sentence`Encoding "${name}" is unknown. Common ones are utf-8, ${COMMON.join(', ')}.`,
  );
}

function standardName(label: string): string | undefined {
  try {
    return new TextDecoder(label).encoding;
  } catch {
    return undefined;
  }
}
