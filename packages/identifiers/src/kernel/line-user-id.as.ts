// LINE user ids: `U` and 32 hexadecimal digits in lower case. They are sent unchanged.
import { acceptMessageOf, acceptText, nextDigest, putPadded } from './accepted.as';
import { bits32, firstBits, lowerHex16, nonAscii64 } from './bytes.as';
import { comparesHashes } from './compared.as';
import { ACCEPTED, NOT_A_LINE_USER_ID, UNSETTLED } from './outcomes.as';

const LENGTH: usize = 33;
const LETTER_U: u8 = 0x55;

/** The outcome of a trimmed value. */
export function lineUserId(text: usize, length: usize): i32 {
  if (length == LENGTH && load<u8>(text) == LETTER_U) {
    const digits = bits32(lowerHex16(v128.load(text, 1)), lowerHex16(v128.load(text, 17)));
    if (digits == 0xffffffff) {
      acceptLineUserId(text);
      return ACCEPTED;
    }
  }
  // Invisible characters are removed before the form is checked.
  return length > 63 || nonAscii64(text) & firstBits(length) ? UNSETTLED : NOT_A_LINE_USER_ID;
}

/**
 * Accepts a valid id. The 32 bytes that represent it are its hash or, when nothing compares hashes, its digits.
 */
export function acceptLineUserId(text: usize): void {
  if (comparesHashes()) {
    for (let offset: usize = 0; offset < 64; offset += 16) putPadded(v128.load(text + offset), offset, LENGTH);
    acceptMessageOf(text, LENGTH, LENGTH);
    return;
  }
  const digest = nextDigest();
  v128.store(digest, v128.load(text, 1));
  v128.store(digest, v128.load(text, 17), 16);
  acceptText(text, LENGTH);
}
