// Values that are already SHA-256 hashes, and the conversion from and to hex.
import { acceptText, nextDigest } from './accepted.as';
import { hex64 } from './bytes.as';
import { ACCEPTED, count, HASH_OF_EMPTY, PREHASHED, UNSETTLED, UPPER_CASE } from './outcomes.as';

export const HASH_LENGTH: usize = 64;

/** 32 hex digits to 16 bytes. */
@inline
function unhex32(text: usize): v128 {
  return i8x16.narrow_i16x8_u(pairs(v128.load(text)), pairs(v128.load(text, 16)));
}

/** 16 hex digits to 8 bytes, in 16-bit lanes. The first digit of a pair is the low byte of its lane. */
@inline
function pairs(v: v128): v128 {
  const letters = v128.and(i8x16.gt_s(v, i8x16.splat(0x40)), i8x16.splat(9));
  const nibbles = i8x16.add(v128.and(v, i8x16.splat(0x0f)), letters);
  return v128.or(v128.and(i16x8.shl(nibbles, 4), i16x8.splat(0xf0)), i16x8.shr_u(nibbles, 8));
}

@inline
function hasUpper16(v: v128): v128 {
  return v128.and(i8x16.gt_s(v, i8x16.splat(0x40)), i8x16.lt_s(v, i8x16.splat(0x60)));
}

@inline
function hasUpper(text: usize): bool {
  const first = v128.or(hasUpper16(v128.load(text)), hasUpper16(v128.load(text, 16)));
  const second = v128.or(hasUpper16(v128.load(text, 32)), hasUpper16(v128.load(text, 48)));
  return v128.any_true(v128.or(first, second));
}

/** The outcome of a trimmed value of 64 bytes if it is a hash, otherwise `UNSETTLED`. */
export function hash(text: usize): i32 {
  if (~hex64(text)) return UNSETTLED;
  const digest = nextDigest();
  v128.store(digest, unhex32(text));
  v128.store(digest, unhex32(text + 32), 16);
  // e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
  if (
    load<u64>(digest) == 0x141cfc9842c4b0e3 &&
    load<u64>(digest, 8) == 0x24b96f99c8f4fb9a &&
    load<u64>(digest, 16) == 0x4c939b64e441ae27 &&
    load<u64>(digest, 24) == 0x55b852781b9995a4
  ) {
    return HASH_OF_EMPTY;
  }
  if (hasUpper(text)) count(UPPER_CASE);
  count(PREHASHED);
  acceptText(text, HASH_LENGTH);
  return ACCEPTED;
}

/** Writes 16 bytes as 32 lower-case hex digits. */
@inline
export function writeHex16(to: usize, bytes: v128): void {
  const high = i8x16.shr_u(bytes, 4);
  const low = v128.and(bytes, i8x16.splat(0x0f));
  v128.store(to, digits(v128.shuffle<i8>(high, low, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)));
  v128.store(to, digits(v128.shuffle<i8>(high, low, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)), 16);
}

@inline
function digits(nibbles: v128): v128 {
  const letters = v128.and(i8x16.gt_s(nibbles, i8x16.splat(9)), i8x16.splat(0x61 - 0x3a));
  return i8x16.add(i8x16.add(nibbles, i8x16.splat(0x30)), letters);
}
