// Comparisons of 16 or 64 bytes at a time. Loads may reach up to 64 bytes beyond the end of a text. The caller masks
// those bytes out.

/** The bits of the first `length` (below 64) bytes of a 64-byte window. */
@inline
export function firstBits(length: usize): u64 {
  return ((<u64>1) << length) - 1;
}

/** Two comparison results as one bit per byte. */
@inline
export function bits32(a: v128, b: v128): u64 {
  return <u64>i8x16.bitmask(a) | (<u64>i8x16.bitmask(b) << 16);
}

@inline
function bits64(a: v128, b: v128, c: v128, d: v128): u64 {
  return bits32(a, b) | (bits32(c, d) << 32);
}

@inline
export function equal16(v: v128, byte: u8): v128 {
  return i8x16.eq(v, i8x16.splat(byte));
}

/** Which of 64 bytes equal `byte`. */
@inline
export function equal64(text: usize, byte: u8): u64 {
  return bits64(
    equal16(v128.load(text), byte),
    equal16(v128.load(text, 16), byte),
    equal16(v128.load(text, 32), byte),
    equal16(v128.load(text, 48), byte),
  );
}

/** Which of 64 bytes are not ASCII. */
@inline
export function nonAscii64(text: usize): u64 {
  return bits64(v128.load(text), v128.load(text, 16), v128.load(text, 32), v128.load(text, 48));
}

@inline
function hex16(v: v128): v128 {
  const lower = v128.or(v, i8x16.splat(0x20));
  const digit = v128.and(i8x16.gt_s(v, i8x16.splat(0x2f)), i8x16.lt_s(v, i8x16.splat(0x3a)));
  const letter = v128.and(i8x16.gt_s(lower, i8x16.splat(0x60)), i8x16.lt_s(lower, i8x16.splat(0x67)));
  return v128.or(digit, letter);
}

/** Which of 64 bytes are hexadecimal digits, of either case. */
@inline
export function hex64(text: usize): u64 {
  return bits64(hex16(v128.load(text)), hex16(v128.load(text, 16)), hex16(v128.load(text, 32)), hex16(v128.load(text, 48)));
}

/** Which of 16 bytes are hexadecimal digits in lower case. */
@inline
export function lowerHex16(v: v128): v128 {
  const digit = v128.and(i8x16.gt_s(v, i8x16.splat(0x2f)), i8x16.lt_s(v, i8x16.splat(0x3a)));
  const letter = v128.and(i8x16.gt_s(v, i8x16.splat(0x60)), i8x16.lt_s(v, i8x16.splat(0x67)));
  return v128.or(digit, letter);
}

/** Makes upper-case ASCII letters lower case. Other bytes stay. */
@inline
export function lower16(v: v128): v128 {
  const upper = v128.and(i8x16.gt_s(v, i8x16.splat(0x40)), i8x16.lt_s(v, i8x16.splat(0x5b)));
  return v128.or(v, v128.and(upper, i8x16.splat(0x20)));
}

/** The place of the first `byte` in `[from, end)`, or `end`. */
export function find(byte: u8, from: usize, end: usize): usize {
  const wanted = i8x16.splat(byte);
  for (let at = from; at < end; at += 16) {
    const found = i8x16.bitmask(i8x16.eq(v128.load(at), wanted));
    if (found) {
      const place = at + ctz(found);
      return place < end ? place : end;
    }
  }
  return end;
}

/** Whether ECMAScript's `trim` removes this ASCII character. */
@inline
export function isSpace(byte: u8): bool {
  return byte == 0x20 || byte - 9 < 5;
}
