// Phone numbers of the default country by their classes (phone-classes/number-classes.ts). The kernel asks the host
// about one number of a class, and uses the answer as the rule for the others.
import { CLASS_NEXT, CLASS_RULES } from './layout.as';

export const MAX_DIGITS: usize = 15;

/** Numbers with this many digits or more have no class. */
const LENGTHS: usize = 32;

// The rules. From CALLING_CODE on: the calling code, then the digits without the first `rule - CALLING_CODE` ones.
const UNKNOWN: u8 = 0;
const NO_CLASS: u8 = 1;
const NOT_A_PHONE: u8 = 2;
const OWN_DIGITS: u8 = 3;
const CALLING_CODE: u8 = 4;

/** What `international` returns if it does not return a number of digits. */
export const ASK_HOST: i32 = -1;
export const NO_NUMBER: i32 = 0;

let known: bool = false;
/** The calling code's ASCII digits, the first one lowest. */
let callingCode: u32 = 0;
let callingCodeLength: usize = 0;

/** Says that the tables are in place. */
export function setClasses(code: u32, codeLength: i32): void {
  known = true;
  callingCode = code;
  callingCodeLength = codeLength;
}

/** The rule of the class of these digits. */
@external("env", "ruleOf")
declare function ruleOf(digits: usize, length: usize): u8;

/** The rule for the `length` digits at `digits`. */
@inline
function ruleFor(digits: usize, length: usize): u8 {
  if (!known || length >= LENGTHS) return NO_CLASS;
  let state: usize = 0;
  for (let i: usize = 0; i < length; i++) {
    state = load<u16>(CLASS_NEXT + (state << 5) + ((<usize>load<u8>(digits + i) & 15) << 1));
  }
  const place = CLASS_RULES + (state << 5) + length;
  let rule = load<u8>(place);
  if (rule == UNKNOWN) {
    rule = ruleOf(digits, length);
    store<u8>(place, rule);
  }
  return rule;
}

/**
 * Whether the calling code would come before the digits, and make them a number. A number without a class never counts.
 */
export function lacksCallingCode(digits: usize, length: usize): bool {
  return known && callingCodeLength + length <= MAX_DIGITS && ruleFor(digits, length) == CALLING_CODE;
}

/**
 * Converts the `length` digits at `digits`, which zeros follow, into those for LINE. Returns their number, or a value
 * from above.
 */
export function international(digits: usize, length: usize): i32 {
  const rule = ruleFor(digits, length);
  if (rule == OWN_DIGITS) return <i32>length;
  if (rule == NOT_A_PHONE) return NO_NUMBER;
  if (rule == NO_CLASS) return ASK_HOST;
  const dropped = <usize>(rule - CALLING_CODE);
  const low = v128.load(digits + dropped), high = v128.load(digits + dropped + 16);
  store<u32>(digits, callingCode);
  v128.store(digits + callingCodeLength, low);
  v128.store(digits + callingCodeLength + 16, high);
  return <i32>(callingCodeLength + length - dropped);
}
