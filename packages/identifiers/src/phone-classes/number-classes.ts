/**
 * Sorts the numbers of a country into classes. libphonenumber is asked about one number of a class, and its answer is
 * right for all of them. What the library does with a string of digits depends on its length and on the patterns of its
 * tables that match it: from the first digit on, and after the calling code and the national prefix. Two strings are in
 * the same class when they have the same length and no pattern tells them apart. So this file knows where the library
 * looks, but not what it decides. There are no classes where the library looks further: at a foreign number as people
 * dial it in the country, at a carrier's code, and at a number that it rewrites.
 */
import maximal from 'libphonenumber-js/metadata.max.json';
import minimal from 'libphonenumber-js/metadata.min.json';
import { automaton } from './automaton.ts';
import { LENGTHS, type NumberClasses, Rule } from './class-rules.ts';
import { anything, literal, matched, pattern, type Step, type Ways } from './digit-pattern.ts';
import { type NumberingPlan, numberingPlan } from './numbering-plan.ts';

/** As many as fit into the kernel (layout.as.ts). The largest plan, North America's, needs half of them. */
const MAX_STATES = 8192;

/** The classes of a country that libphonenumber knows. `undefined` if its tables have another form than today. */
export function numberClassesIn(country: string): NumberClasses | undefined {
  try {
    return classesOf(country);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}

function classesOf(country: string): NumberClasses {
  const own = numberingPlan(maximal, country);
  const { callingCode } = own;
  const family = Object.entries(maximal.country_calling_codes).find(([code]) => code === callingCode)?.[1] ?? [];
  // The library reads a number with a calling code by the plan of the first country of this code.
  const readers = [own, numberingPlan(maximal, family[0] ?? country)];
  const plans = family.flatMap((country) => [numberingPlan(maximal, country), numberingPlan(minimal, country)]);

  const dialledAbroad = matched();
  const wholeIsRewritten = matched();
  const prefixes: PrefixMatch[] = [];
  // `e164DigitsIn` looks for a 0, for the national prefix, and for the calling code (below).
  const ways: Step[] = [...pattern(own.abroad, [dialledAbroad]), ...literal('0', anything())];
  for (const code of distinct(['', callingCode, own.prefix])) {
    const plain: Step[] = [];
    for (const prefix of distinct(['', ...readers.map((plan) => plan.prefix)])) {
      const here = matched();
      plain.push(here);
      ways.push(...literal(code + prefix, [here, ...nationalNumber(plans)]));
    }
    for (const source of distinct(readers.map((plan) => plan.prefixPattern)).filter(Boolean)) {
      const match = matched();
      prefixes.push({ match, plain });
      ways.push(...literal(code, pattern(source, [match], [wholeIsRewritten])));
    }
  }
  const isOutside = (state: ReadonlySet<Step>) =>
    state.has(dialledAbroad) ||
    prefixes.some(({ match, plain }) => state.has(match) && !plain.some((here) => state.has(here)));
  const { next, states } = automaton(ways, isOutside, MAX_STATES);
  const rules = new Uint8Array(states.length * LENGTHS);
  states.forEach((state, number) => {
    if (!isOutside(state) && !state.has(wholeIsRewritten)) return;
    rules.fill(Rule.NoClass, number * LENGTHS, (number + 1) * LENGTHS);
  });
  return { callingCode, next, rules };
}

/**
 * The pattern of a prefix has matched. It has matched nothing or the plain prefix only at one of the places `plain`.
 */
interface PrefixMatch {
  readonly match: Step;
  readonly plain: readonly Step[];
}

/** Everything that the plans ask about a possible national number. */
function nationalNumber(plans: readonly NumberingPlan[]): Ways {
  return [
    ...anything(),
    ...distinct(plans.flatMap((plan) => plan.numbers)).flatMap((source) => pattern(source, [matched()])),
    ...distinct(plans.map((plan) => plan.leadingDigits))
      .filter(Boolean)
      .flatMap((source) => pattern(source, anything())),
  ];
}

const distinct = (texts: readonly string[]): string[] => [...new Set(texts)];
