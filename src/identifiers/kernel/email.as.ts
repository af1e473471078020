// E-mail addresses of ASCII characters that fit into one block of SHA-256.
import { acceptBlock, putPadded } from './batch.as';
import { bits32, equal16, firstBits, lower16, nonAscii64 } from './bytes.as';
import { ACCEPTED, NOT_AN_EMAIL, UNSETTLED } from './outcomes.as';
import { ONE_BLOCK } from './sha256.as';

/** White space, control characters and everything that is not ASCII, of 16 bytes. */
@inline
function odd16(v: v128): v128 {
  return v128.or(i8x16.lt_s(v, i8x16.splat(0x21)), i8x16.eq(v, i8x16.splat(0x7f)));
}

/** The outcome of a trimmed value. */
export function email(text: usize, length: usize): i32 {
  if (length > ONE_BLOCK) return UNSETTLED;
  const within = firstBits(length);
  let v0 = v128.load(text), v1 = v128.load(text, 16);
  let odd = bits32(odd16(v0), odd16(v1));
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
    odd |= bits32(odd16(v0), odd16(v1)) << 32;
    at |= bits32(equal16(v0, 0x40), equal16(v1, 0x40)) << 32;
    dots |= bits32(equal16(v0, 0x2e), equal16(v1, 0x2e)) << 32;
    putPadded(lower16(v0), 32, length);
    putPadded(lower16(v1), 48, length);
  }
  if (odd & within) return nonAscii64(text) & within ? UNSETTLED : NOT_AN_EMAIL;
  at &= within;
  if (popcnt(at) != 1) return NOT_AN_EMAIL;
  const local = <usize>ctz(at);
  const domain = length - local - 1;
  // A dot inside the domain; none at its ends nor after another, so that no label is empty.
  dots = (dots & within) >> (local + 1);
  if (local == 0 || dots == 0 || dots & 1 || dots >> (domain - 1) || dots & (dots >> 1)) return NOT_AN_EMAIL;

  acceptBlock(length);
  return ACCEPTED;
}
