/**
 * Classes of phone numbers as the kernel uses them. `number-classes.ts` makes them, and is apart because of its tables.
 */

/**
 * The classes of a country's numbers. `phonesIn` makes them, only for the bulk hasher.
 *
 * @example
 * import { type NumberClasses, phonesIn } from '@lineup/identifiers/phone';
 *
 * const classes: NumberClasses | undefined = phonesIn('TW').numberClasses;
 * console.log(classes?.callingCode); // 886
 */
export interface NumberClasses {
  readonly callingCode: string;
  /** A number is read digit by digit from state 0. The next state is `next[state * 16 + digit]`. */
  readonly next: Uint16Array;
  /** What is known in advance about a number that ends in `state`: `rules[state * LENGTHS + length]`. */
  readonly rules: Uint8Array;
}

/** Numbers with this many digits or more have no class. */
export const LENGTHS = 32;

/**
 * How the numbers of a class are converted. From `CallingCode` on: the calling code, then the digits without the first
 * `rule - CallingCode` ones. The values are those of national.as.ts.
 */
export const Rule = { Unknown: 0, NoClass: 1, NotAPhone: 2, OwnDigits: 3, CallingCode: 4 } as const;

/** The rule of a class, from the digits of one of its numbers and the result of `e164DigitsIn` for them. */
export function ruleFrom(digits: string, e164Digits: string | undefined, callingCode: string): number {
  if (e164Digits === undefined) return Rule.NotAPhone;
  if (e164Digits === digits) return Rule.OwnDigits;
  const dropped = callingCode.length + digits.length - e164Digits.length;
  const rewritten = dropped < 0 || e164Digits !== callingCode + digits.slice(dropped);
  return rewritten ? Rule.NoClass : Rule.CallingCode + dropped;
}

/** The rule of a number. It asks `toE164Digits` about one number of each class only. */
export function rulesByClass(
  toE164Digits: (digits: string) => string | undefined,
  { callingCode, next, rules }: NumberClasses,
): (digits: string) => number {
  const known = rules.slice();
  return (digits) => {
    if (digits.length >= LENGTHS) return Rule.NoClass;
    let state = 0;
    for (let n = 0; n < digits.length; n++) state = next[state * 16 + digits.charCodeAt(n) - 0x30]!;
    const index = state * LENGTHS + digits.length;
    if (known[index] === Rule.Unknown) known[index] = ruleFrom(digits, toE164Digits(digits), callingCode);
    return known[index]!;
  };
}

/** Does the same as `toE164Digits`, but asks it about one number of each class only. */
export function oncePerClass(
  toE164Digits: (digits: string) => string | undefined,
  classes: NumberClasses,
): (digits: string) => string | undefined {
  const ruleOf = rulesByClass(toE164Digits, classes);
  const { callingCode } = classes;
  return (digits) => {
    const rule = ruleOf(digits);
    if (rule === Rule.NoClass) return toE164Digits(digits);
    if (rule === Rule.NotAPhone) return undefined;
    return rule === Rule.OwnDigits ? digits : callingCode + digits.slice(rule - Rule.CallingCode);
  };
}
