/** The sentences in all answers: each is marked in its schema, so that a viewer gets no internal fact from any. */
import { expect, test } from 'vitest';
import { z } from 'zod';
import { jobTransition } from '../../src/contracts/jobs.ts';
import { problem } from '../../src/contracts/problem.ts';
import { mayDo } from '../../src/domain/people/people.ts';
import { englishKeyOf, sentenceSchema } from '../../src/domain/text/localized.ts';
import { inEnglish, internalFact, sentence } from '../../src/domain/text/sentence.ts';
import { sentencesIn } from '../../src/domain/text/sentences-in.ts';
import { definitionOf } from '../../src/domain/values/tolerant.ts';
import type { Access } from '../../src/endpoints/endpoint.ts';
import { answerFor } from '../../src/server/access.ts';
import { allEndpoints } from '../support/endpoints.ts';

const FACT = 'shop at db.internal';
const withFact = sentence`${internalFact(FACT, sentence`The database`)} cannot be read.`;

const answers: readonly (readonly [name: string, schema: z.ZodType, access: Access])[] = [
  ['an error', problem, 'public'],
  ...allEndpoints.flatMap(([key, { response, access }]) =>
    'schema' in response ? [[key, response.schema, access] as [string, z.ZodType, Access]] : [],
  ),
];

const isSentence = (key: string): boolean => /(^|_)sentence$/.test(key);

/** Where the English text of a sentence is, by its name alone. */
const englishKeys = (key: string): string[] =>
  key === 'sentence' ? ['message', 'detail'] : [key.replace(/_sentence$/, '')];

/** Values of a schema that together have each of its keys and options, with a fact in each sentence. */
function valuesOf(schema: z.ZodType, mayBeAnything: boolean): unknown[] {
  if (schema === sentenceSchema) return [withFact];
  const { type, innerType, in: input, element, valueType, shape, options } = definitionOf(schema);
  if (innerType ?? input) return valuesOf(innerType ?? input, mayBeAnything);
  if (options) return options.flatMap((option) => valuesOf(option, mayBeAnything));
  if (element) return [valuesOf(element, mayBeAnything)];
  if (valueType) return valuesOf(valueType, mayBeAnything).map((value) => ({ key: value }));
  if (shape) return objectsOf(shape, mayBeAnything);
  if (!mayBeAnything) expect(['string', 'number', 'boolean', 'enum', 'literal', 'null']).toContain(type);
  return ['text'];
}

function objectsOf(shape: Readonly<Record<string, z.ZodType>>, mayBeAnything: boolean): unknown[] {
  // A sentence that another schema describes.
  expect(Object.keys(shape)).not.toEqual(expect.arrayContaining(['template']));
  const values = Object.entries(shape).map(([key, schema]) => {
    if (isSentence(key)) expect(englishKeyOf(schema), key).toBeDefined();
    return [key, valuesOf(schema, mayBeAnything)] as const;
  });
  const english = Object.keys(shape)
    .filter((key) => isSentence(key))
    .flatMap(englishKeys);
  return Array.from({ length: Math.max(1, ...values.map(([, options]) => options.length)) }, (_, n) =>
    Object.fromEntries(
      values.map(([key, options]) => [key, english.includes(key) ? inEnglish(withFact) : options[n % options.length]]),
    ),
  );
}

test.each(answers)('%s', (_, schema, access) => {
  const isForViewers = access === 'signed_in' || access === 'public' || mayDo('viewer', access);
  const body = valuesOf(schema, !isForViewers);
  const told = JSON.stringify(body);
  const shownTo = (role: 'viewer' | 'editor') =>
    JSON.stringify(body.map((value) => answerFor({ principal: { role } as never }, schema, value)));
  expect(shownTo('viewer')).not.toContain(FACT);
  expect(shownTo('viewer').split('The database cannot be read.')).toHaveLength(
    told.split(`${FACT} cannot be read.`).length,
  );
  expect(shownTo('editor').split(FACT)).toHaveLength(told.split(FACT).length);
});

test('most answers have sentences', () => {
  const having = answers.filter(([, schema]) => JSON.stringify(valuesOf(schema, true)).includes(FACT));
  expect(having.length).toBeGreaterThan(25);
});

test('a schema is refused when a sentence has no mark, or no English text', () => {
  expect(() =>
    sentencesIn(z.array(z.object({ reason: z.string(), reason_sentence: sentenceSchema.nullish() }))),
  ).toThrow('not marked');
  const { reason_sentence } = jobTransition.shape;
  expect(() => sentencesIn(z.object({ items: z.array(z.object({ reason_sentence })) }))).toThrow('reason_sentence');
});
