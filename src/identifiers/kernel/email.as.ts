// E-mail addresses of ASCII characters that fit into one block of SHA-256.
import { acceptBlock, putPadded } from './batch.as';
import { equal64, firstBits, lower16, nonAscii64 } from './bytes.as';
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
  const v0 = v128.load(text), v1 = v128.load(text, 16), v2 = v128.load(text, 32), v3 = v128.load(text, 48);
  const odd =
    (<u64>i8x16.bitmask(odd16(v0))) |
    (<u64>i8x16.bitmask(odd16(v1)) << 16) |
    (<u64>i8x16.bitmask(odd16(v2)) << 32) |
    (<u64>i8x16.bitmask(odd16(v3)) << 48);
  if (odd & within) return nonAscii64(text) & within ? UNSETTLED : NOT_AN_EMAIL;

  const at = equal64(text, 0x40) & within;
  if (popcnt(at) != 1) return NOT_AN_EMAIL;
  const local = <usize>ctz(at);
  const domain = length - local - 1;
  // A dot inside the domain; none at its ends nor after another, so that no label is empty.
  const dots = (equal64(text, 0x2e) & within) >> (local + 1);
  if (local == 0 || dots == 0 || dots & 1 || dots >> (domain - 1) || dots & (dots >> 1)) return NOT_AN_EMAIL;

  putPadded(lower16(v0), 0, length);
  putPadded(lower16(v1), 16, length);
  putPadded(lower16(v2), 32, length);
  putPadded(lower16(v3), 48, length);
  acceptBlock(length);
  return ACCEPTED;
}
