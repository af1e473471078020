// E-mail addresses of ASCII characters that fit into one block of SHA-256.
import { acceptBlock, putPadded } from './batch.as';
import { bits32, equal16, firstBits, lower16, nonAscii64 } from './bytes.as';
import { ACCEPTED, NOT_AN_EMAIL, UNSETTLED } from './outcomes.as';
import { ONE_BLOCK } from './sha256.as';

/**
 * Which of 16 bytes an address may contain. One table gives a bit for the upper half of a byte, the other gives for the
 * lower half the bits with which it is refused. It refuses white space and control characters (bit 0, and 0x7f: bit 4),
 * `"(),` (bit 1), `:;<>` (bit 2), `[\]` (bit 3), and everything that is not ASCII (bit 0).
 */
@inline
function fit16(v: v128): v128 {
  const upper = i8x16.swizzle(
    i8x16(1, 1, 2, 4, 0, 8, 0, 16, 1, 1, 1, 1, 1, 1, 1, 1),
    v128.and(i16x8.shr_u(v, 4), i8x16.splat(0x0f)),
  );
  const lower = i8x16.swizzle(
    i8x16(3, 1, 3, 1, 1, 1, 1, 1, 3, 3, 5, 13, 15, 9, 5, 17),
    v128.and(v, i8x16.splat(0x0f)),
  );
  return i8x16.eq(v128.and(upper, lower), i8x16.splat(0));
}

@inline
function isDigit(byte: u8): bool {
  return byte - 0x30 < 10;
}

/** The outcome of a trimmed value. */
export function email(text: usize, length: usize): i32 {
  if (length > ONE_BLOCK) return UNSETTLED;
  const within = firstBits(length);
  let v0 = v128.load(text), v1 = v128.load(text, 16);
  let fit = bits32(fit16(v0), fit16(v1));
  let at = bits32(equal16(v0, 0x40), equal16(v1, 0x40));
  let dots = bits32(equal16(v0, 0x2e), equal16(v1, 0x2e));
  putPadded(lower16(v0), 0, length);
  putPadded(lower16(v1), 16, length);
  if (length <= 32) {
    putPadded(i64x2.splat(0), 32, length);
    putPadded(i64x2.splat(0), 48, length);
  } else {
    v0 = v128.load(text, 32);
    v1 = v128.load(text, 48);
    fit |= bits32(fit16(v0), fit16(v1)) << 32;
    at |= bits32(equal16(v0, 0x40), equal16(v1, 0x40)) << 32;
    dots |= bits32(equal16(v0, 0x2e), equal16(v1, 0x2e)) << 32;
    putPadded(lower16(v0), 32, length);
    putPadded(lower16(v1), 48, length);
  }
  if (~fit & within) return oddEmail(text, within);
  at &= within;
  if (popcnt(at) != 1) return NOT_AN_EMAIL;
  const local = <usize>ctz(at);
  const domain = length - local - 1;
  // The domain needs a dot, but not at its ends and not after another dot: no label is empty.
  dots = (dots & within) >> (local + 1);
  if (local == 0 || dots == 0 || dots & 1 || dots >> (domain - 1) || dots & (dots >> 1)) return NOT_AN_EMAIL;
  if (isDigit(load<u8>(text + length - 1)) && endsWithNumber(text + length)) return NOT_AN_EMAIL;

  acceptBlock(length);
  return ACCEPTED;
}

/** The outcome of a value with characters that no ASCII address has. The host decides on `mailto:` and other scripts. */
function oddEmail(text: usize, within: u64): i32 {
  const couldBeScheme = within > 0x7f && load<u8>(text + 6) == 0x3a;
  return couldBeScheme || nonAscii64(text) & within ? UNSETTLED : NOT_AN_EMAIL;
}

/** Whether the last label has only digits. It ends at `end` with a digit and has a dot before it. */
function endsWithNumber(end: usize): bool {
  let at = end - 1;
  while (isDigit(load<u8>(at))) at--;
  return load<u8>(at) == 0x2e;
}
