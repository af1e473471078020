// Phone numbers of ASCII characters.
import { acceptBlock, nextBlock } from './batch.as';
import { firstBits, nonAscii64, oddInNumber64 } from './bytes.as';
import { count, LEADING_ZERO } from './counts.as';
import { askForNoRule, international } from './national.as';
import { ACCEPTED, NOT_A_PHONE, UNSETTLED } from './outcomes.as';

let hasCountry: bool = false;

export function setCountry(given: bool): void {
  hasCountry = given;
}

/** The outcome of a trimmed value. */
export function phone(text: usize, length: usize): i32 {
  askForNoRule();
  if (length > 63 || nonAscii64(text) & firstBits(length)) return UNSETTLED;
  const block = nextBlock();
  for (let offset: usize = 0; offset < 64; offset += 16) v128.store(block + offset, i64x2.splat(0));
  // Every character is stored, but only a digit moves the place on: the next one or the padding overwrites the others.
  let digits: usize = 0;
  let plus = false;
  for (let i: usize = 0; i < length; i++) {
    const byte = load<u8>(text + i);
    store<u8>(block + digits, byte);
    digits += <usize>(byte - 0x30 < 10);
    plus = plus || byte == 0x2b;
  }
  store<u8>(block + digits, 0);
  if (hasCountry && !plus) {
    if (oddInNumber64(text) & firstBits(length)) return UNSETTLED;
    digits = international(block, digits);
    if (digits == 0) return UNSETTLED;
  }
  if (digits < 7 || digits > 15) return NOT_A_PHONE;
  store<u8>(block + digits, 0x80);
  if (!hasCountry && load<u8>(block) == 0x30) count(LEADING_ZERO);
  acceptBlock(digits);
  return ACCEPTED;
}
