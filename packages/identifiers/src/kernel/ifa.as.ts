// Mobile advertising identifiers (IDFA, AAID): `8-4-4-4-12` hexadecimal.
import { acceptMessage, acceptMessageOf, acceptText, nextDigest, putPadded } from './accepted.as';
import { equal64, firstBits, hex64, lower16, nonAscii64 } from './bytes.as';
import { comparesHashes } from './compared.as';
import { ACCEPTED, NOT_AN_IFA, OPTED_OUT, UNSETTLED } from './outcomes.as';

export const IFA_LENGTH: usize = 36;

/** The places of the hyphens, and of the digits. */
const HYPHENS: u64 = (1 << 8) | (1 << 13) | (1 << 18) | (1 << 23);
const DIGITS: u64 = 0xfffffffff ^ HYPHENS;

let raw: bool = false;

export function setRaw(wanted: bool): void {
  raw = wanted;
}

/** The outcome of a trimmed value. */
export function ifa(text: usize, length: usize): i32 {
  if (length > 63 || nonAscii64(text) & firstBits(length)) return UNSETTLED;
  if (length != IFA_LENGTH) return NOT_AN_IFA;
  const within = firstBits(IFA_LENGTH);
  if ((hex64(text) & within) != DIGITS || (equal64(text, 0x2d) & within) != HYPHENS) return NOT_AN_IFA;
  if ((equal64(text, 0x30) & within) == DIGITS) return OPTED_OUT;
  if (raw) acceptRawIfa(text);
  else {
    putMessage(text);
    acceptMessage(IFA_LENGTH);
  }
  return ACCEPTED;
}

@inline
function putMessage(text: usize): void {
  putPadded(lower16(v128.load(text)), 0, IFA_LENGTH);
  putPadded(lower16(v128.load(text, 16)), 16, IFA_LENGTH);
  putPadded(lower16(v128.load(text, 32)), 32, IFA_LENGTH);
  putPadded(i64x2.splat(0), 48, IFA_LENGTH);
}

/**
 * Accepts a valid IFA that is sent unchanged. The 32 bytes that represent it are its hash or, when nothing compares
 * hashes, its digits in lower case: the last four digits take the places of the hyphens.
 */
export function acceptRawIfa(text: usize): void {
  if (comparesHashes()) {
    putMessage(text);
    acceptMessageOf(text, IFA_LENGTH, IFA_LENGTH);
    return;
  }
  const digest = nextDigest();
  v128.store(digest, lower16(v128.load(text)));
  v128.store(digest, lower16(v128.load(text, 16)), 16);
  const tail = load<u32>(text, 32) | 0x20202020;
  store<u8>(digest + 8, <u8>tail);
  store<u8>(digest + 13, <u8>(tail >> 8));
  store<u8>(digest + 18, <u8>(tail >> 16));
  store<u8>(digest + 23, <u8>(tail >> 24));
  acceptText(text, IFA_LENGTH);
}
