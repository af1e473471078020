/** One rule a field of a request, as data: what a browser can check without the schema. */
import { asSentence, type Sentence } from '../../src/domain/text/sentence.ts';
import type { Endpoints } from '../../src/endpoints/index.ts';

/** A limit, and the template of the sentence for a value beyond it. `{0}` stands for the limit. */
export type Limit = readonly [limit: number, template: string];

export interface Rule {
  /** The server trims the text first. */
  readonly trim?: true;
  /** A request needs the field. The template of the sentence for an empty one. */
  readonly required?: string;
  /** Characters of a text, items of a list. */
  readonly minLength?: Limit;
  readonly maxLength?: Limit;
  readonly min?: Limit;
  readonly max?: Limit;
  /** The source of a regular expression, and the template of the sentence for a text that does not match. */
  readonly pattern?: readonly [source: string, template: string];
}

/** By path: keys joined with dots; `*` stands for each item of a list. */
export type Rules = Readonly<Record<string, Rule>>;

declare const OF: unique symbol;

/** The rules of an endpoint's request. */
export type RulesFor<Key extends keyof Endpoints> = Rules & {
  /** Only for the compiler, which so knows the paths of the request. */
  readonly [OF]?: Key;
};

/** What is wrong with a request, by path. What is left out of it is not checked. */
export function findProblems(rules: Rules, body: unknown): Readonly<Record<string, Sentence>> {
  const found: Record<string, Sentence> = {};
  for (const [path, rule] of Object.entries(rules)) {
    for (const [place, value] of valuesAt(body, path.split('.'))) {
      const problem = problemOf(rule, value);
      if (problem) found[place] = problem;
    }
  }
  return found;
}

function valuesAt(value: unknown, [key, ...rest]: string[], place: string[] = []): [string, unknown][] {
  if (value == null) return [];
  if (key === undefined) return [[place.join('.'), value]];
  const inside = value as Record<string, unknown>;
  const keys = key === '*' ? Object.keys(inside) : [key];
  return keys.flatMap((name) => valuesAt(inside[name], rest, [...place, name]));
}

function problemOf(rule: Rule, given: unknown): Sentence | undefined {
  const value = rule.trim ? String(given).trim() : given;
  // An empty field of a number is not within its limits.
  if (value === '' && rule.min) return withLimit(rule.min);
  if (value === '') return rule.required === undefined ? undefined : asSentence(rule.required);
  const size = typeof value === 'number' ? value : (value as { length: number }).length;
  const { minLength, maxLength, min, max, pattern } = rule;
  for (const lowest of [minLength, min]) if (lowest && !(size >= lowest[0])) return withLimit(lowest);
  for (const highest of [maxLength, max]) if (highest && !(size <= highest[0])) return withLimit(highest);
  // regex-bounded: the length has just been checked; the schemas' own expressions are looked at where they are written
  return pattern && !new RegExp(pattern[0]).test(String(value)) ? asSentence(pattern[1]) : undefined;
}

const withLimit = ([limit, template]: Limit): Sentence => ({ template, values: [limit] });

/** What the browser itself checks of a text field. */
export function attributesOf(rules: Rules, path: string) {
  const rule: Rule = rules[path] ?? {};
  const isList = `${path}.*` in rules;
  return {
    required: rule.required !== undefined || (isList && rule.minLength !== undefined),
    minLength: isList ? undefined : rule.minLength?.[0],
    maxLength: isList ? undefined : rule.maxLength?.[0],
  };
}
