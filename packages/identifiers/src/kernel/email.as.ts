// E-mail addresses, and how those of ASCII characters are decided that fit into one block of SHA-256.
import { endsWithNumber, fit16 } from './address.as';
import { acceptMessage, putPadded } from './accepted.as';
import { bits32, equal16, firstBits, lower16, nonAscii64 } from './bytes.as';
import { ACCEPTED, NOT_AN_EMAIL, UNSETTLED } from './outcomes.as';
import { ONE_BLOCK } from './sha256.as';
import { wideEmail } from './wide-email.as';

/** The outcome of a trimmed value. */
export function email(text: usize, length: usize): i32 {
  if (length > ONE_BLOCK) return wideEmail(text, length);
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
  if (~fit & within) return oddEmail(text, length, within);
  at &= within;
  if (popcnt(at) != 1) return NOT_AN_EMAIL;
  const local = <usize>ctz(at);
  const domain = length - local - 1;
  // The domain needs a dot, but not at its ends and not after another dot: no label is empty.
  dots = (dots & within) >> (local + 1);
  if (local == 0 || dots == 0 || dots & 1 || dots >> (domain - 1) || dots & (dots >> 1)) return NOT_AN_EMAIL;
  if (endsWithNumber(text + length)) return NOT_AN_EMAIL;

  acceptMessage(length);
  return ACCEPTED;
}

/** The outcome of a value with characters that no ASCII address has. The host decides on `mailto:`. */
function oddEmail(text: usize, length: usize, within: u64): i32 {
  if (nonAscii64(text) & within) return wideEmail(text, length);
  const couldBeScheme = within > 0x7f && load<u8>(text + 6) == 0x3a;
  return couldBeScheme ? UNSETTLED : NOT_AN_EMAIL;
}
