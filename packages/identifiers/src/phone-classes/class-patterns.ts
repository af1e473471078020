/**
 * The classes of a country's numbers as regular expressions: for databases, which cannot ask libphonenumber. They mean
 * the same in PostgreSQL, PCRE2 (MariaDB), ICU (MySQL), RE2 (BigQuery) and POSIX (Snowflake).
 */
import { e164DigitsIn } from '../phone.ts';
import { LENGTHS, type NumberClasses, Rule, ruleFrom } from './class-rules.ts';
import { type Language, Languages } from './digit-language.ts';
import { patternOfLanguage } from './language-pattern.ts';
import { numberClassesIn } from './number-classes.ts';

/**
 * What `e164DigitsIn` does with the digits of a number that was written without `+`. Each pattern must match the WHOLE
 * text of digits; it has no anchors. The FIRST match decides, in this order: `replaced` (these exclude each other),
 * `notAPhone`, `ownDigits`. The later ones also match numbers that an earlier one matches; so they are short.
 *
 * If none matches, only libphonenumber can tell: the number has no class.
 */
export interface NumberPatterns {
  readonly callingCode: string;
  /** The calling code replaces this many first digits. */
  readonly replaced: ReadonlyMap<number, string>;
  /** The national number cannot exist. */
  readonly notAPhone: string | undefined;
  /** The number keeps its own digits. */
  readonly ownDigits: string | undefined;
}

/** Longer numbers match no pattern, because they have no class. */
const LONGEST = LENGTHS - 1;

/**
 * Of all patterns of a country together. The longest, Argentina's, have 10,000 characters, and most countries' have
 * 300. PCRE2 refuses a pattern of 15,000, and PostgreSQL looks at each part of a pattern for each digit.
 */
const MAX_CHARACTERS = 12_000;

/** PostgreSQL keeps 32 compiled expressions for each connection. */
const MAX_PATTERNS = 8;

/**
 * The patterns of a country (ISO 3166-1 alpha-2, upper case). `undefined` if its numbers have no classes, or if the
 * patterns would be too large. It takes a tenth of a second in most countries, and up to a second in North America.
 */
export function numberPatternsIn(country: string): NumberPatterns | undefined {
  const classes = numberClassesIn(country);
  if (!classes) return undefined;
  const answers = answersOf(country, classes);
  const patternOf = patternsOf(answers);
  const replacing = [...answers.rules].filter((rule) => rule >= Rule.CallingCode).sort((a, b) => b - a);
  const replaced = new Map<number, string>();
  for (const rule of replacing) {
    const pattern = patternOf(rule, []);
    if (pattern !== undefined) replaced.set(rule - Rule.CallingCode, pattern);
  }
  const notAPhone = patternOf(Rule.NotAPhone, replacing);
  const ownDigits = patternOf(Rule.OwnDigits, [...replacing, Rule.NotAPhone]);
  const all = [...replaced.values(), notAPhone ?? '', ownDigits ?? ''];
  if (all.length > MAX_PATTERNS || all.join('').length > MAX_CHARACTERS) return undefined;
  return { callingCode: classes.callingCode, replaced, notAPhone, ownDigits };
}

/**
 * The rules of a number and of everything that may follow it, up to the longest number. Equal ones are the same object.
 */
interface Answers {
  readonly id: number;
  readonly rule: number;
  /** After each digit. Empty for the longest numbers. */
  readonly after: readonly Answers[];
  /** All rules in it. */
  readonly rules: ReadonlySet<number>;
  /** How many digits may follow. */
  readonly longest: number;
}

/** Asks about one number of each class. */
function answersOf(country: string, { callingCode, next, rules }: NumberClasses): Answers {
  const toE164Digits = e164DigitsIn(country);
  const ofClass = new Map<number, Answers>();
  const interned = interning();
  const ruleOf = (index: number, digits: string): number =>
    rules[index] === Rule.NoClass ? Rule.NoClass : ruleFrom(digits, toE164Digits(digits), callingCode);
  const answersFrom = (state: number, digits: string): Answers => {
    const index = state * LENGTHS + digits.length;
    const known = ofClass.get(index);
    if (known) return known;
    const after =
      digits.length === LONGEST
        ? []
        : Array.from({ length: 10 }, (_, digit) => answersFrom(next[state * 16 + digit]!, digits + digit));
    const answers = interned(ruleOf(index, digits), after);
    ofClass.set(index, answers);
    return answers;
  };
  return answersFrom(0, '');
}

/** Makes answers, but not the same ones twice. */
function interning(): (rule: number, after: readonly Answers[]) => Answers {
  const known = new Map<string, Answers>();
  return (rule, after) => {
    const key = `${rule} ${after.map(({ id }) => id)}`;
    const same = known.get(key);
    if (same) return same;
    const rules = new Set([rule, ...after.flatMap((answers) => [...answers.rules])]);
    const answers = { id: known.size, rule, after, rules, longest: after[0] ? after[0].longest + 1 : 0 };
    known.set(key, answers);
    return answers;
  };
}

/** Makes the pattern of the numbers with a rule. It may also match numbers with the rules `earlier`, but no others. */
function patternsOf(all: Answers): (rule: number, earlier: readonly number[]) => string | undefined {
  const languages = new Languages();
  return (rule, earlier) => {
    const allowed = new Set([rule, ...earlier]);
    const known = new Map<Answers, Language>();
    const languageOf = (answers: Answers): Language => {
      const same = known.get(answers);
      if (same) return same;
      const language = languageFrom(answers);
      known.set(answers, language);
      return language;
    };
    const languageFrom = ({ rule: own, after, rules, longest }: Answers): Language => {
      if (!rules.has(rule)) return languages.none;
      if ([...rules].every((rule) => allowed.has(rule))) return languages.all(longest);
      return languages.of(own === rule, after.map(languageOf));
    };
    return patternOfLanguage(languageOf(all));
  };
}
