/**
 * Converts identifiers to binary records and back: 64 hex digits, an advertising id in the form 8-4-4-4-12, or the id
 * of a user of LINE.
 */

export const digestWords = 8;
export const idWords = 4;
export const digestLength = 64;
export const idLength = 36;
const hyphen = 0x2d;
const hyphens = [8, 13, 18, 23];
/** Where each of an advertising id's 16 bytes begins in its text. */
const idBytes = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];

/** Value of each ASCII hex digit; 255 for every other byte. */
const nibbles = new Uint8Array(256).fill(255);
for (const [value, digit] of [...'0123456789abcdef'].entries()) {
  nibbles[digit.charCodeAt(0)] = value;
  nibbles[digit.toUpperCase().charCodeAt(0)] = value;
}
/** The same without capital letters. */
const lowNibbles = nibbles.map((value, byte) => (byte >= 0x41 && byte <= 0x46 ? 255 : value));

/**
 * Decodes 64 hex digits at `at` into 8 words at `offset`. The bytes of the words in memory are the bytes of
 * the digest. This is the inner loop of every upload: a million times 64 lookups.
 * @returns false when a byte is not a hex digit; the words are then meaningless
 */
export function decodeDigest(bytes: Uint8Array, at: number, page: Uint32Array, offset: number): boolean {
  let bad = 0;
  for (let word = 0; word < digestWords; word += 1) {
    const from = at + 8 * word;
    const a = nibbles[bytes[from]!]!;
    const b = nibbles[bytes[from + 1]!]!;
    const c = nibbles[bytes[from + 2]!]!;
    const d = nibbles[bytes[from + 3]!]!;
    const e = nibbles[bytes[from + 4]!]!;
    const f = nibbles[bytes[from + 5]!]!;
    const g = nibbles[bytes[from + 6]!]!;
    const h = nibbles[bytes[from + 7]!]!;
    bad |= a | b | c | d | e | f | g | h;
    page[offset + word] = (a << 4) | b | (c << 12) | (d << 8) | (e << 20) | (f << 16) | (g << 28) | (h << 24);
  }
  return bad < 16;
}

/** Decodes an advertising id, 8-4-4-4-12, into 4 words at `offset`. @returns false when it is not one */
export function decodeId(line: Uint8Array, page: Uint32Array, offset: number): boolean {
  let bad = 0;
  for (const at of hyphens) if (line[at] !== hyphen) return false;
  for (let word = 0; word < idWords; word += 1) {
    let value = 0;
    for (let byte = 0; byte < 4; byte += 1) {
      const at = idBytes[4 * word + byte]!;
      const high = nibbles[line[at]!]!;
      const low = nibbles[line[at + 1]!]!;
      bad |= high | low;
      value |= ((high << 4) | low) << (8 * byte);
    }
    page[offset + word] = value;
  }
  return bad < 16;
}

/** The text of an advertising id from its 32 hex digits. */
export function idText(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** `U` and 32 hex digits in lower case: the id of a user of LINE. */
export const userIdLength = 33;
const letterU = 0x55;

/** Decodes a user id at `at` into 4 words at `offset`. @returns false when it is not one */
export function decodeUserId(bytes: Uint8Array, at: number, page: Uint32Array, offset: number): boolean {
  if (bytes[at] !== letterU) return false;
  let bad = 0;
  for (let word = 0; word < idWords; word += 1) {
    let value = 0;
    for (let byte = 0; byte < 4; byte += 1) {
      const digit = at + 1 + 8 * word + 2 * byte;
      const high = lowNibbles[bytes[digit]!]!;
      const low = lowNibbles[bytes[digit + 1]!]!;
      bad |= high | low;
      value |= ((high << 4) | low) << (8 * byte);
    }
    page[offset + word] = value;
  }
  return bad < 16;
}
