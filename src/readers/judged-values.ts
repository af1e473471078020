/** What a source has counted of the values that it judged itself, as a reader tells it. */
import { z } from 'zod';
import { MAX_SIBLINGS } from '../domain/audiences/requests.ts';
import type { JudgedValues } from '../sources/source.ts';

const count = z.number().int().nonnegative();

/** More than the number of reasons. */
const MAX_REASONS = 50;

const judgedValues = z.strictObject({
  missing: count,
  // The reasons become keys of counts that people see. Each one has several words, so none is a property of every
  // object.
  invalid: z
    .record(
      z
        .string()
        .max(40)
        .regex(/^[a-z]+(?:_[a-z]+)+$/),
      count,
    )
    .refine((reasons) => Object.keys(reasons).length <= MAX_REASONS),
  hashed: count,
  further: count,
  leadingZero: count,
  repaired: count,
  digitsLost: count,
  looksNational: count,
}) satisfies z.ZodType<JudgedValues>;

const ofFields = z.array(judgedValues).max(MAX_SIBLINGS + 1);

/**
 * @param fields how many fields the scan has
 * @throws {Error} when these are no counts of so many fields. A reader may hold anything after a fault
 */
export function readJudged(given: unknown, fields: number): readonly JudgedValues[] {
  const read = ofFields.safeParse(given);
  if (!read.success || read.data.length !== fields) throw new Error('a reader gave no counts of its hashes');
  return read.data;
}
