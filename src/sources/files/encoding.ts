/** Character encodings of text files: whatever the platform's `TextDecoder` knows, turned into UTF-8. */
import { LineupError } from '../../contracts/errors.ts';
import { sentence } from '../../contracts/sentence.ts';

/** Bytes decoded at once, so that the event loop gets its turn. */
const SLICE = 1 << 18;

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

/** Names that Windows and Python use for what the WHATWG standard calls `shift_jis`. */
const ALIASES: Record<string, string> = { cp932: 'shift_jis', ms932: 'shift_jis', sjis: 'shift_jis' };

/**
 * The standard's name for an encoding.
 * @throws {LineupError} `invalid_argument` for one that is not known
 */
export function resolveEncoding(name: string): string {
  const label = name.trim().toLowerCase();
  try {
    return new TextDecoder(ALIASES[label] ?? label).encoding;
  } catch (cause) {
    throw new LineupError(
      'invalid_argument',
      sentence`Encoding "${name}" is not known. Common ones are utf-8, ${COMMON.join(', ')}.`,
      { cause },
    );
  }
}

/** The encoding that a byte order mark tells; it is more authoritative than a name that was given (WHATWG Encoding, 6). */
export function markedEncoding(head: Uint8Array): string | undefined {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return 'utf-8';
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  return undefined;
}

/** Thrown by `decode` behind the last text that could be decoded; who reads it knows the row. */
export class UndecodableBytes extends Error {
  override readonly name = 'UndecodableBytes';
}

/**
 * Decodes into UTF-8 without byte order mark.
 * @throws {UndecodableBytes} after everything before the first bytes that do not fit was given
 */
export async function* decode(
  blocks: AsyncIterable<Uint8Array>,
  encoding: string,
): AsyncGenerator<Uint8Array, void> {
  const decoder = new TextDecoder(encoding);
  for await (const block of blocks) {
    for (let at = 0; at < block.length; at += SLICE) {
      yield* encodeWhole(decoder.decode(block.subarray(at, at + SLICE), { stream: true }));
    }
  }
  yield* encodeWhole(decoder.decode());
}

/** The decoder replaces what does not fit by U+FFFD, which no legacy encoding holds and no sound text contains. */
function* encodeWhole(text: string): Generator<Uint8Array, void> {
  const fault = text.indexOf('\ufffd');
  const whole = fault === -1 ? text : text.slice(0, fault);
  if (whole !== '') yield Buffer.from(whole);
  if (fault !== -1) throw new UndecodableBytes();
}

/** @param row counts from 1 after the header; 0 is the header */
export function encodingError(name: string, row: number, encoding: string | undefined): LineupError {
  const place = row === 0 ? sentence`in its header` : sentence`at row ${String(row)}`;
  return new LineupError(
    'source_encoding',
    encoding === undefined
      ? sentence`${name} is not valid UTF-8 (${place}).`
      : sentence`${name} does not fit the encoding ${encoding} (${place}).`,
  );
}
