// Phone numbers of ASCII characters.
import { acceptMessage, nextMessage } from './accepted.as';
import { equal16, equal64, firstBits, nonAscii64 } from './bytes.as';
import { ASK_HOST, international, lacksCallingCode, MAX_DIGITS } from './national.as';
import {
  ACCEPTED,
  count,
  DIGITS_LOST,
  LEADING_ZERO,
  LOOKS_NATIONAL,
  NOT_A_PHONE,
  REPAIRED,
  UNSETTLED,
} from './outcomes.as';

const LEAST_DIGITS: usize = 7;

const PLUS: u8 = 0x2b;
const COMMA: u8 = 0x2c;
const MINUS: u8 = 0x2d;
const POINT: u8 = 0x2e;
const ZERO: u8 = 0x30;
/** `(0)`, as four bytes without the last one. */
const TRUNK_ZERO: u32 = 0x293028;

let hasCountry: bool = false;

export function setCountry(given: bool): void {
  hasCountry = given;
}

@inline
function isDigit(byte: u8): bool {
  return byte - ZERO < 10;
}

/** The outcome of a trimmed value. */
export function phone(text: usize, length: usize): i32 {
  if (length > 63 || nonAscii64(text) & firstBits(length)) return UNSETTLED;
  const block = nextMessage();
  for (let offset: usize = 0; offset < 64; offset += 16) v128.store(block + offset, i64x2.splat(0));
  let plus: u64 = 0, letterE: u64 = 0;
  for (let offset: usize = 0; offset < length; offset += 16) {
    const v = v128.load(text + offset);
    plus |= <u64>i8x16.bitmask(equal16(v, PLUS)) << offset;
    letterE |= <u64>i8x16.bitmask(equal16(v128.or(v, i8x16.splat(0x20)), 0x65)) << offset;
  }
  plus &= firstBits(length);
  if (letterE & firstBits(length) && isExponent(text, text + length)) {
    count(DIGITS_LOST);
    return NOT_A_PHONE;
  }
  let digits = copyDigits(text, text + length, block);
  let repaired = false;
  if (plus) digits = withoutTrunkZero(text, length, <usize>ctz(plus), block, digits);
  if (load<u8>(text + length - 1) == ZERO) {
    const fraction = fractionLength(text, length, digits);
    repaired = fraction > 0;
    digits -= fraction;
    // The bytes after the digits are the padding of the block.
    for (let i: usize = 0; i < fraction; i++) store<u8>(block + digits + i, 0);
  }
  if (isOneDigitRepeated(block, digits)) return NOT_A_PHONE;
  if (hasCountry && !plus) {
    const answer = international(block, digits);
    if (answer == ASK_HOST) return UNSETTLED;
    digits = <usize>answer;
  }
  if (digits < LEAST_DIGITS || digits > MAX_DIGITS || isOneDigitRepeated(block, digits)) return NOT_A_PHONE;
  store<u8>(block + digits, 0x80);
  if (load<u8>(block) == ZERO) count(LEADING_ZERO);
  else if (!hasCountry && !plus && lacksCallingCode(block, digits)) count(LOOKS_NATIONAL);
  if (repaired) count(REPAIRED);
  acceptMessage(digits);
  return ACCEPTED;
}

/**
 * Copies the digits of a text to `to`, adds a zero, and returns their number. It stores every character, but moves on
 * only after a digit, so the next character overwrites all others.
 */
@inline
function copyDigits(text: usize, end: usize, to: usize): usize {
  let digits: usize = 0;
  for (let at = text; at < end; at++) {
    const byte = load<u8>(at);
    store<u8>(to + digits, byte);
    digits += <usize>isDigit(byte);
  }
  store<u8>(to + digits, 0);
  return digits;
}

/** Removes the 0 of `+81 (0)90…` from the digits, and returns the number of the others. */
function withoutTrunkZero(text: usize, length: usize, plus: usize, block: usize, digits: usize): usize {
  let opening = (equal64(text, 0x28) & firstBits(length)) >> plus << plus;
  while (opening) {
    const place = <usize>ctz(opening);
    if (place + 3 <= length && (load<u32>(text + place) & 0xffffff) == TRUNK_ZERO) {
      let before: usize = 0;
      for (let i = plus; i < place; i++) before += <usize>isDigit(load<u8>(text + i));
      // A 0 without a country code before it is an ordinary digit.
      if (before == 0) return digits;
      for (let i: usize = 0; i < plus; i++) before += <usize>isDigit(load<u8>(text + i));
      memory.copy(block + before, block + before + 1, digits - before);
      return digits - 1;
    }
    opening &= opening - 1;
  }
  return digits;
}

/** The number of zeros after the point, if the text is an optional `+`, digits, a point and zeros. Otherwise 0. */
function fractionLength(text: usize, length: usize, digits: usize): usize {
  let point = length - 1;
  while (point > 0 && load<u8>(text + point) == ZERO) point--;
  if (load<u8>(text + point) != POINT) return 0;
  const zeros = length - 1 - point;
  const whole = point - <usize>(load<u8>(text) == PLUS);
  return whole > 0 && digits - zeros == whole ? zeros : 0;
}

/** Whether a text is a number with an exponent: a sign, digits with a decimal point or comma, `e`, a sign, digits. */
function isExponent(text: usize, end: usize): bool {
  let at = afterSign(text);
  const fraction = afterDigits(at, end);
  let digits = fraction - at;
  at = fraction;
  if (at < end && (load<u8>(at) == POINT || load<u8>(at) == COMMA)) {
    at = afterDigits(fraction + 1, end);
    digits += at - fraction - 1;
  }
  if (digits == 0 || at >= end || (load<u8>(at) | 0x20) != 0x65) return false;
  const exponent = afterSign(at + 1);
  return exponent < end && afterDigits(exponent, end) == end;
}

@inline
function afterSign(at: usize): usize {
  const byte = load<u8>(at);
  return at + <usize>(byte == PLUS || byte == MINUS);
}

function afterDigits(at: usize, end: usize): usize {
  while (at < end && isDigit(load<u8>(at))) at++;
  return at;
}

@inline
function isOneDigitRepeated(block: usize, digits: usize): bool {
  const first = load<u8>(block);
  return first == load<u8>(block + 1) && (~equal64(block, first) & firstBits(digits)) == 0;
}
