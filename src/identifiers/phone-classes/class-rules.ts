/** Classes of phone numbers as the kernel works with them: see `number-classes.ts`, which is apart for its tables' sake. */

export interface NumberClasses {
  readonly callingCode: string;
  /** A number is read digit by digit from state 0: the next state is `next[state * 16 + digit]`. */
  readonly next: Uint16Array;
  /** What is known beforehand of a number that leads to `state`: `rules[state * LENGTHS + length]`. */
  readonly rules: Uint8Array;
}

/** Numbers of as many digits or more have no class. */
export const LENGTHS = 32;

/**
 * What becomes of the numbers of a class. From `CallingCode` on: the calling code, and all but the first
 * `rule - CallingCode` digits. The numbers are those of national.as.ts.
 */
export const Rule = { Unknown: 0, NoClass: 1, OwnDigits: 2, CallingCode: 3 } as const;

/** The rule of a class, from the digits of one of its numbers and what `e164DigitsIn` makes of them. */
export function ruleFrom(digits: string, e164Digits: string | undefined, callingCode: string): number {
  if (e164Digits === undefined) return Rule.OwnDigits;
  const dropped = callingCode.length + digits.length - e164Digits.length;
  const rewritten = dropped < 0 || e164Digits !== callingCode + digits.slice(dropped);
  return rewritten ? Rule.NoClass : Rule.CallingCode + dropped;
}
