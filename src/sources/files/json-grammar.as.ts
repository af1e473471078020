// AssemblyScript, a part of build/json-field.wasm: the grammar of JSON, up to whole values.
//
// Each function takes the position where a part of the line begins, and returns the position behind this part,
// or 0 when the line is not settled: it is not valid JSON, or too deep. Every line ends with LF, and no part
// contains one. So nothing is read past the end of a line, except by a vector or a word that has begun before it.

const TAB: u32 = 0x09;
const CR: u32 = 0x0d;
const SPACE: u32 = 0x20;
export const QUOTE: u32 = 0x22;
export const PLUS: u32 = 0x2b;
export const COMMA: u32 = 0x2c;
export const MINUS: u32 = 0x2d;
export const POINT: u32 = 0x2e;
export const ZERO: u32 = 0x30;
export const COLON: u32 = 0x3a;
export const LIST: u32 = 0x5b;
const BACKSLASH: u32 = 0x5c;
export const OBJECT: u32 = 0x7b;
/** From `[` to `]`, and from `{` to `}`. */
export const TO_CLOSING: u32 = 2;

/** The letters of the literals, as little-endian words. */
const TRUE: u32 = 0x65757274;
export const NULL: u32 = 0x6c6c756e;
const FALS: u32 = 0x736c6166;
export const E: u32 = 0x65;

@inline
export function space(at: usize): usize {
  while (true) {
    const byte: u32 = load<u8>(at);
    if (byte > SPACE || (byte != SPACE && byte != TAB && byte != CR)) return at;
    at++;
  }
}

/** The first quote, backslash or control character. */
@inline
export function special(at: usize): usize {
  while (true) {
    const bytes = v128.load(at);
    const hits = v128.or(
      v128.or(
        i8x16.eq(bytes, i8x16.splat(<i8>QUOTE)),
        i8x16.eq(bytes, i8x16.splat(<i8>BACKSLASH)),
      ),
      i8x16.eq(bytes, i8x16.min_u(bytes, i8x16.splat(0x1f))),
    );
    const mask = i8x16.bitmask(hits);
    if (mask != 0) return at + ctz(mask);
    at += 16;
  }
}

function isHex(byte: u32): bool {
  return byte - 0x30 < 10 || (byte | 0x20) - 0x61 < 6;
}

/** @param at the backslash */
function escape(at: usize): usize {
  switch (load<u8>(at + 1)) {
    case 0x22: // "
    case 0x2f: // /
    case 0x5c: // \
    case 0x62: // b
    case 0x66: // f
    case 0x6e: // n
    case 0x72: // r
    case 0x74: // t
      return at + 2;
    case 0x75: // u
      for (let digit = at + 2; digit < at + 6; digit++) if (!isHex(load<u8>(digit))) return 0;
      return at + 6;
    default:
      return 0;
  }
}

/** @param at behind the opening quote */
@inline
export function string(at: usize): usize {
  while (true) {
    at = special(at);
    const byte: u32 = load<u8>(at);
    if (byte == QUOTE) return at + 1;
    if (byte != BACKSLASH) return 0;
    at = escape(at);
    if (at == 0) return 0;
  }
}

@inline
function isDigit(at: usize): bool {
  return <u32>load<u8>(at) - ZERO < 10;
}

/** One digit or more. */
export function digits(at: usize): usize {
  if (!isDigit(at)) return 0;
  do at++;
  while (isDigit(at));
  return at;
}

function number(at: usize): usize {
  if (load<u8>(at) == MINUS) at++;
  at = load<u8>(at) == ZERO ? at + 1 : digits(at);
  if (at == 0) return 0;
  if (load<u8>(at) == POINT) {
    at = digits(at + 1);
    if (at == 0) return 0;
  }
  if ((load<u8>(at) | 0x20) != E) return at;
  const sign: u32 = load<u8>(at + 1);
  return digits(sign == PLUS || sign == MINUS ? at + 2 : at + 1);
}

/** A number, `true`, `false` or `null`. */
export function word(at: usize): usize {
  const letters = load<u32>(at);
  if (letters == TRUE || letters == NULL) return at + 4;
  if (letters == FALS) return load<u8>(at + 4) == E ? at + 5 : 0;
  return number(at);
}

@inline
function scalar(at: usize): usize {
  return load<u8>(at) == QUOTE ? string(at + 1) : word(at);
}

/** A key and its colon, to the value. */
function key(at: usize): usize {
  if (load<u8>(at) != QUOTE) return 0;
  at = string(at + 1);
  if (at == 0) return 0;
  at = space(at);
  return load<u8>(at) == COLON ? space(at + 1) : 0;
}

/** An object or a list, at most 63 levels deep. */
export function nested(at: usize): usize {
  // One bit for each open level, above them a 1: for an object 1, for a list 0.
  let levels: u64 = 1;
  while (true) {
    const opening: u32 = load<u8>(at);
    if (opening == OBJECT || opening == LIST) {
      if (levels >> 63 != 0) return 0;
      levels = (levels << 1) | u64(opening == OBJECT);
      at = space(at + 1);
      if (load<u8>(at) != opening + TO_CLOSING) {
        if (opening == OBJECT) at = key(at);
        if (at == 0) return 0;
        continue;
      }
    } else {
      at = scalar(at);
      if (at == 0) return 0;
      at = space(at);
    }
    // Behind a value, or before the end of an empty object or list.
    while (load<u8>(at) != COMMA) {
      if (load<u8>(at) != ((levels & 1) != 0 ? OBJECT : LIST) + TO_CLOSING) return 0;
      levels >>= 1;
      if (levels == 1) return at + 1;
      at = space(at + 1);
    }
    at = space(at + 1);
    if ((levels & 1) != 0) at = key(at);
    if (at == 0) return 0;
  }
}
