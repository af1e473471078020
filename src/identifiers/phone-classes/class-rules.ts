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

/** Digits, and what the library passes over between them. NFKC has made ASCII of most other forms. */
const plainNumber = /^[0-9 ()./\-\u2010-\u2015\u2212\u30fc]{3,60}$/;

/** Does what `toE164Digits` does, and asks it about one number of each class; for what the kernel leaves to the host. */
export function oncePerClass(
  toE164Digits: (phone: string) => string | undefined,
  { callingCode, next, rules }: NumberClasses,
): (phone: string) => string | undefined {
  const known = rules.slice();
  return (phone) => {
    const digits = plainNumber.test(phone) ? phone.replace(/[^0-9]+/g, '') : '';
    if (digits.length < 3 || digits.length >= LENGTHS) return toE164Digits(phone);
    let state = 0;
    for (let n = 0; n < digits.length; n++) state = next[state * 16 + digits.charCodeAt(n) - 0x30]!;
    const place = state * LENGTHS + digits.length;
    if (known[place] === Rule.Unknown) known[place] = ruleFrom(digits, toE164Digits(digits), callingCode);
    const rule = known[place]!;
    if (rule === Rule.NoClass) return toE164Digits(phone);
    return rule === Rule.OwnDigits ? undefined : callingCode + digits.slice(rule - Rule.CallingCode);
  };
}
