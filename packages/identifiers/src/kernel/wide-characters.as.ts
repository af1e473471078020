// The normal form (NFKC, lower case) of text in which each character has one of its own, whatever its neighbours are.
// The host says what it is (wide-characters.ts), a page of 256 characters at a time, and only for pages that occur.
import { lower16 } from './bytes.as';
import { WIDE_PAGES, WIDE_PAGES_KNOWN } from './layout.as';
import { workspace } from './place.as';

/** How many characters the last normal form has. */
let characters: usize = 0;

export function prepareWideCharacters(): void {
  memory.fill(workspace + WIDE_PAGES_KNOWN, 0, 256);
}

@inline
export function normalizedCharacters(): usize {
  return characters;
}

/** Writes a page of normal forms, 2 bytes each: UTF-16, or 0 for a character that has none of its own. */
@external("env", "pageOf")
declare function pageOf(page: usize, to: usize): void;

/**
 * Writes the normal form of the UTF-8 text in `[from, end)`, and returns its end. Returns 0 if the text has other
 * characters, or bytes that are not UTF-8. Needs 3 bytes for each 2 of the text, and 16 more.
 */
export function normalizeWide(from: usize, end: usize, to: usize): usize {
  characters = 0;
  while (from < end) {
    const v = v128.load(from);
    const ascii = min<usize>(ctz(i8x16.bitmask(v) | 0x10000), end - from);
    v128.store(to, lower16(v));
    from += ascii;
    to += ascii;
    characters += ascii;
    while (from < end && load<u8>(from) > 0x7f) {
      const code = decode(from, end);
      const normal = code ? normalFormOf(code) : 0;
      if (normal == 0) return 0;
      from += utf8Length(code);
      encode(normal, to);
      to += utf8Length(normal);
      characters++;
    }
  }
  return to;
}

/** The character of two or three bytes at `from`, or 0. */
@inline
function decode(from: usize, end: usize): u32 {
  const first: u32 = load<u8>(from);
  if (first - 0xc2 < 0x1e && end - from > 1) {
    const second = following(from + 1);
    return second < 0x40 ? ((first & 0x1f) << 6) | second : 0;
  }
  if ((first & 0xf0) == 0xe0 && end - from > 2) {
    const second = following(from + 1), third = following(from + 2);
    const code = ((first & 0x0f) << 12) | (second << 6) | third;
    return (second | third) < 0x40 && code > 0x7ff ? code : 0;
  }
  return 0;
}

/** The six bits of a byte that continues a character, or a number above. */
@inline
function following(at: usize): u32 {
  return (<u32>load<u8>(at)) ^ 0x80;
}

@inline
function normalFormOf(code: u32): u32 {
  const page = <usize>code >> 8;
  if (!load<u8>(workspace + page, WIDE_PAGES_KNOWN)) {
    pageOf(page, workspace + WIDE_PAGES + page * 512);
    store<u8>(workspace + page, 1, WIDE_PAGES_KNOWN);
  }
  return load<u16>(workspace + <usize>code * 2, WIDE_PAGES);
}

@inline
function utf8Length(code: u32): usize {
  return code < 0x80 ? 1 : code < 0x800 ? 2 : 3;
}

@inline
function encode(code: u32, to: usize): void {
  if (code < 0x80) {
    store<u8>(to, <u8>code);
  } else if (code < 0x800) {
    store<u8>(to, <u8>(0xc0 | (code >> 6)));
    store<u8>(to, <u8>(0x80 | (code & 0x3f)), 1);
  } else {
    store<u8>(to, <u8>(0xe0 | (code >> 12)));
    store<u8>(to, <u8>(0x80 | ((code >> 6) & 0x3f)), 1);
    store<u8>(to, <u8>(0x80 | (code & 0x3f)), 2);
  }
}
