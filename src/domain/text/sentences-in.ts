/**
 * Where the answers of a schema have sentences, and their English texts, so that both can be changed together for a
 * reader who may not see all of them. The schema says it (`translatable` in localized.ts); it is read once.
 */
import type { z } from 'zod';
import { definitionOf } from '../values/tolerant.ts';
import { englishKeyOf } from './localized.ts';
import { inEnglish, type Sentence } from './sentence.ts';

/** Of an object: its keys. Of an array or a record: its values. */
export interface SentencePlaces {
  /** The key of each sentence, with the key of its English text. */
  readonly sentences: ReadonlyMap<string, string>;
  readonly inside: ReadonlyMap<string, SentencePlaces>;
  readonly each: SentencePlaces | undefined;
}

const known = new WeakMap<z.ZodType, SentencePlaces>();

/** @throws {Error} for a schema with a sentence that has no mark */
export function sentencesIn(schema: z.ZodType): SentencePlaces {
  const found = known.get(schema) ?? collect(schema, { sentences: new Map(), inside: new Map(), each: undefined });
  known.set(schema, found);
  return found;
}

interface Collected extends SentencePlaces {
  readonly sentences: Map<string, string>;
  readonly inside: Map<string, Collected>;
  each: Collected | undefined;
}

/** The options of a union are collected together. */
function collect(schema: z.ZodType, into: Collected): Collected {
  const { type, innerType, in: input, element, valueType, shape, options } = definitionOf(schema);
  // Only the schemas of sentences are lazy: others could have no end.
  if (type === 'lazy') throw new Error('A schema has a sentence that is not marked with `translatable`.');
  if (innerType ?? input) collect(innerType ?? input, into);
  for (const option of options ?? []) collect(option, into);
  const values = element ?? valueType;
  if (values) into.each = within(values, into.each);
  for (const [key, value] of Object.entries(shape ?? {})) {
    const english = englishKeyOf(value);
    const places = english === undefined && within(value, into.inside.get(key));
    if (places) into.inside.set(key, places);
    if (english === undefined) continue;
    if (!(english in shape)) throw new Error(`The sentence “${key}” has no English text “${english}” beside it.`);
    into.sentences.set(key, english);
  }
  return into;
}

/** Undefined when nothing is there. */
function within(schema: z.ZodType, before: Collected | undefined): Collected | undefined {
  const places = collect(schema, before ?? { sentences: new Map(), inside: new Map(), each: undefined });
  return places.sentences.size > 0 || places.inside.size > 0 || places.each ? places : undefined;
}

/** The answer with other sentences, and with their English texts. */
export function changeSentences<Answer>(
  answer: Answer,
  places: SentencePlaces | undefined,
  change: (sentence: Sentence) => Sentence,
): Answer {
  if (!places || typeof answer !== 'object' || answer === null) return answer;
  const { sentences, inside, each } = places;
  if (Array.isArray(answer)) return answer.map((value) => changeSentences(value, each, change)) as Answer;
  const shown = { ...answer } as Record<string, unknown>;
  for (const key of each ? Object.keys(shown) : []) shown[key] = changeSentences(shown[key], each, change);
  for (const [key, value] of inside) if (key in shown) shown[key] = changeSentences(shown[key], value, change);
  for (const [key, english] of sentences) {
    const sentence = shown[key];
    if (typeof sentence !== 'object' || sentence === null) continue;
    const changed = change(sentence as Sentence);
    shown[key] = changed;
    if (typeof shown[english] === 'string') shown[english] = inEnglish(changed);
  }
  return shown as Answer;
}
