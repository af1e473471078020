// Phone numbers of the default country, by their classes (phone-classes/number-classes.ts): the host is asked about one
// number of a class, and leaves the rule for the others here.
import { CLASS_NEXT, CLASS_RULES } from './layout.as';

/** Numbers of as many digits or more have no class. */
const LENGTHS: usize = 32;

// The rules. From CALLING_CODE on: the calling code, and all but the first `rule - CALLING_CODE` digits.
const NO_CLASS: usize = 1;
const OWN_DIGITS: usize = 2;
const CALLING_CODE: usize = 3;

let known: bool = false;
/** The calling code's ASCII digits, the first one lowest. */
let callingCode: u32 = 0;
let callingCodeLength: usize = 0;
let askedFor: usize = 0;

/** The tables are in place. */
export function setClasses(code: u32, codeLength: i32): void {
  known = true;
  callingCode = code;
  callingCodeLength = codeLength;
}

/** Where the host leaves the rule of the number that it is asked about; 0 when that has no class. */
export function ruleAskedFor(): usize {
  return askedFor;
}

@inline
export function askForNoRule(): void {
  askedFor = 0;
}

/** Makes the `length` digits at `digits`, with zeros behind, what LINE is sent; gives their number, or 0 when the host is to be asked. */
export function international(digits: usize, length: usize): usize {
  if (!known || length >= LENGTHS) return 0;
  let state: usize = 0;
  for (let i: usize = 0; i < length; i++) {
    state = load<u16>(CLASS_NEXT + (state << 5) + ((<usize>load<u8>(digits + i) & 15) << 1));
  }
  const place = CLASS_RULES + (state << 5) + length;
  const rule = <usize>load<u8>(place);
  if (rule == OWN_DIGITS) return length;
  if (rule < CALLING_CODE) {
    if (rule != NO_CLASS) askedFor = place;
    return 0;
  }
  const dropped = rule - CALLING_CODE;
  const low = v128.load(digits + dropped), high = v128.load(digits + dropped + 16);
  store<u32>(digits, callingCode);
  v128.store(digits + callingCodeLength, low);
  v128.store(digits + callingCodeLength + 16, high);
  return callingCodeLength + length - dropped;
}
