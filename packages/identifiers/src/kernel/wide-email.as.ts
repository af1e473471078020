// E-mail addresses that are longer than one block of SHA-256, or not ASCII.
import { endsWithNumber, fit16 } from './address.as';
import { acceptMessage, putPadded } from './accepted.as';
import { find, firstBits } from './bytes.as';
import { acceptLongMessage, nextLongMessage } from './long-messages.as';
import { ACCEPTED, NOT_AN_EMAIL, TOO_LONG, UNSETTLED } from './outcomes.as';
import { ONE_BLOCK } from './sha256.as';
import { normalizedCharacters, normalizeWide } from './wide-characters.as';

/** `MAX_VALUE_LENGTH` of rules.ts, but in bytes: never more than so many UTF-16 code units. */
const MAX_BYTES: usize = 1000;
/** `MAX_EMAIL_LENGTH` of rules.ts. */
const MAX_CHARACTERS: usize = 120;

const DOT: u8 = 0x2e;
const AT: u8 = 0x40;
/** `mailto:`, as eight bytes without the last one. */
const SCHEME: u64 = 0x3a6f746c69616d;

/** The outcome of a trimmed value. The host decides on `mailto:` and on text that has no simple normal form. */
export function wideEmail(text: usize, length: usize): i32 {
  if (length > MAX_BYTES) return UNSETTLED;
  const address = nextLongMessage();
  const end = normalizeWide(text, text + length, address);
  if (end == 0 || (load<u64>(address) & 0xffffffffffffff) == SCHEME) return UNSETTLED;
  if (normalizedCharacters() > MAX_CHARACTERS) return TOO_LONG;
  if (!isAddress(address, end)) return NOT_AN_EMAIL;

  const size = end - address;
  if (size > ONE_BLOCK) {
    acceptLongMessage(size);
  } else {
    for (let offset: usize = 0; offset < 64; offset += 16) putPadded(v128.load(address + offset), offset, size);
    acceptMessage(size);
  }
  return ACCEPTED;
}

function isAddress(start: usize, end: usize): bool {
  for (let from = start; from < end; from += 16) {
    const v = v128.load(from);
    const fit = <u64>i8x16.bitmask(v128.or(fit16(v), i8x16.lt_s(v, i8x16.splat(0))));
    if (~fit & firstBits(min<usize>(end - from, 16))) return false;
  }
  const at = find(AT, start, end);
  return at > start && at < end && find(AT, at + 1, end) == end && isDomain(at + 1, end);
}

/** Whether a domain has a dot and no empty label, and does not end with a number. */
function isDomain(start: usize, end: usize): bool {
  let label = start;
  while (true) {
    const dot = find(DOT, label, end);
    if (dot == label) return false;
    if (dot == end) return label > start && !endsWithNumber(end);
    label = dot + 1;
  }
}
