/** Sentences and wrong values as the API sends them and the database stores them; and the languages of Lineup. */
import { z } from 'zod';
import { type FieldError, LineupError } from '../errors/errors.ts';
import { asSentence, joinSentences, localized, type Sentence, sentence, sentenceOf, type Value } from './sentence.ts';

/** A sentence for translation. Texts that were stored before translations existed have none. */
export const sentenceSchema: z.ZodType<Sentence> = z.lazy(() =>
  z.union([
    z.object({ template: z.string(), values: z.array(valueSchema) }),
    z.object({ sentences: z.array(sentenceSchema) }),
  ]),
);

/** The values for `{0}`, `{1}`, … in a template. */
export const valueSchema: z.ZodType<Value> = z.lazy(() =>
  z.union([
    z.string(),
    z.number(),
    z.object({ at: z.string() }),
    z.object({ share: z.number() }),
    z.object({ inside: z.string(), otherwise: sentenceSchema }),
    sentenceSchema,
  ]),
);

const englishKeys = z.registry<{ readonly english: string }>();

/**
 * A sentence in an object of the API. The mark says which text beside it is the same in English: whoever may not see
 * all of the sentence may not see it there either (sentences-in.ts).
 */
export const translatable = (english: string) => mark(english, sentenceSchema.nullish());

export function mark<Schema extends z.ZodType>(english: string, schema: Schema): Schema {
  englishKeys.add(schema, { english });
  return schema;
}

/** Undefined for a schema that is no marked sentence. */
export const englishKeyOf = (schema: z.ZodType): string | undefined => englishKeys.get(schema)?.english;

/** A text in an object of the API or the database: in English, and for translation. */
export const localizedShape = { message: z.string(), sentence: translatable('message') };

export const fieldErrorSchema = z.object({ path: z.string(), ...localizedShape });

/** @param path keys and indexes joined by dots */
export const fieldError = (path: string, text: Sentence): FieldError => ({ path, ...localized(text) });

/** One wrong value as an error. */
export const wrongValue = (path: string, text: Sentence): LineupError => wrongValues([fieldError(path, text)]);

/** Wrong values as an error: all at once, each at its key. */
export const wrongValues = (fields: readonly FieldError[]): LineupError =>
  new LineupError('invalid_argument', joinSentences(...fields.map(sentenceOf)), { fields });

/** What a schema finds wrong. @param under the key of the value that it has checked */
export const fieldErrorsOf = (
  { issues }: { readonly issues: readonly (Issue & { readonly path: readonly PropertyKey[] })[] },
  ...under: readonly string[]
): FieldError[] => issues.map((issue) => fieldError([...under, ...issue.path].join('.'), issueSentence(issue)));

/** The properties of a schema's issue that are used here: `z.core.$ZodIssue`, or Fastify's form of it. */
export interface Issue {
  readonly code: string;
  readonly message: string;
  readonly origin?: unknown;
  readonly minimum?: unknown;
  readonly maximum?: unknown;
}

/** The message of an issue. Lineup's own sentence replaces a default message of the library. */
export function issueSentence(issue: Issue): Sentence {
  const own = /^(Invalid |Too (big|small): |Unrecognized key)/.test(issue.message);
  return own ? messageFor(issue) : asSentence(issue.message);
}

function messageFor({ code, origin, minimum, maximum }: Issue): Sentence {
  if (code === 'too_big' && typeof maximum === 'number') {
    if (origin === 'string') return sentence`Use at most ${maximum} characters.`;
    if (origin === 'array') return sentence`Use at most ${maximum}.`;
    return sentence`Enter at most ${maximum}.`;
  }
  if (code === 'too_small' && typeof minimum === 'number') {
    if (origin === 'number' || origin === 'int') return sentence`Enter at least ${minimum}.`;
    return minimum === 1 ? sentence`This is required.` : sentence`Use at least ${minimum} characters.`;
  }
  if (code === 'unrecognized_keys') return sentence`This contains an unknown property.`;
  if (code === 'invalid_type') return sentence`A value is missing or has the wrong type.`;
  return sentence`This is not valid.`;
}

/** The languages of Lineup's texts. */
export const languageCode = z.enum(['en', 'ja', 'zh-TW', 'th', 'id']);
export type LanguageCode = z.infer<typeof languageCode>;

/** Somebody else saved a change of the same thing after this one was read. */
export const changedMeanwhile = (): LineupError =>
  new LineupError(
    'changed_meanwhile',
    sentence`Somebody else has changed this in the meantime. Reload it before you save.`,
  );
