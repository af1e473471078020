/** Fields of requests. Every field that may be left out may also be null. */
import { z } from 'zod';

/** An id: an int64 as a JSON number. A text is refused. @returns its digits */
export const idField = z
  .int('an id, as a number')
  .min(1, 'an id, as a number')
  .transform((id) => String(id));

export const textField = z.string('a text');

/** A word of an enumeration. `UNKNOWN` is only for answers. */
export const wordField = <const T extends string>(...words: readonly T[]) =>
  z.enum(words, `one of ${words.join(', ')}`);

export const flagField = wordField('TRUE', 'FALSE');

/** A value that may be left out, or null. */
export const maybe = <T extends z.ZodType>(schema: T) => z.preprocess((value) => value ?? undefined, schema.optional());

export const listOf = <T extends z.ZodType>(schema: T, most: number) =>
  z.array(schema, 'a list').max(most, `a list of at most ${most}`);

/** `startIndex` and `numberResults`. @param otherwise how many results, when the request does not say it */
export const pageFields = (most: number, otherwise = most) => ({
  startIndex: maybe(z.int('a whole number').min(1, 'a number from 1')).transform((index) => index ?? 1),
  numberResults: maybe(z.int('a whole number').min(1, 'a number from 1').max(most, `at most ${most}`)).transform(
    (count) => count ?? otherwise,
  ),
});

export const pageOf = <T>(
  { startIndex, numberResults }: { startIndex: number; numberResults: number },
  items: readonly T[],
): T[] => items.slice(startIndex - 1, startIndex - 1 + numberResults);
