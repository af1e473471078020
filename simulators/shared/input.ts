/**
 * Reads what a person gives a simulator, as JSON at the admin endpoint or as text in a flag. One schema reads
 * both, so a setting means the same in a shell and over HTTP.
 */
import { z } from 'zod';

/** A setting, fault or option that cannot be used. The message has its name and its value. */
export class SimulatorInputError extends Error {
  override readonly name = 'SimulatorInputError';
}

/**
 * Reads a value by its schema. The error of a schema is either what it expects ("a text"), or a whole
 * sentence with a capital letter.
 * @param name the name of the value in the message
 * @throws {SimulatorInputError} for the first mistake
 */
export function read<T>(schema: z.ZodType<T>, value: unknown, name: string): T {
  const { data, error } = schema.safeParse(value);
  const [issue] = error?.issues ?? [];
  if (!issue) return data as T;
  if (/^[A-Z]/.test(issue.message)) throw new SimulatorInputError(issue.message);
  const path = issue.path.map(String);
  const got = path.reduce<unknown>((at, key) => Object(at)[key], value);
  throw new SimulatorInputError(
    `Expected ${path.join('.') || name} to be ${issue.message}, got ${JSON.stringify(got) ?? 'nothing'}.`,
  );
}

/** A number within the bounds. A text of digits is accepted, because a flag has only text. */
export const number = (min: number, max: number, { integer = true, placeholder = '<n>' } = {}) => {
  const expected = `${integer ? 'a whole number' : 'a number'} from ${min} to ${max}`;
  const fits = integer ? z.int(expected) : z.number(expected);
  const digits = (value: unknown) => (typeof value === 'string' && value.trim() !== '' ? Number(value) : value);
  return z.preprocess(digits, fits.min(min, expected).max(max, expected)).meta({ placeholder });
};

export const milliseconds = (min: number, max: number) => number(min, max, { placeholder: '<ms>' });

export const choice = <const T extends string>(...values: readonly T[]) =>
  z.enum(values, `one of ${values.join(', ')}`).meta({ placeholder: `<${values.join('|')}>` });

export const text = z.string('a text').min(1, 'a text');

export const toggle = z
  .preprocess((value) => (value === 'true' ? true : value === 'false' ? false : value), z.boolean('true or false'))
  .meta({ placeholder: '<true|false>' });

/** A JSON object with these fields. Others are ignored. */
export const fields = <Shape extends z.ZodRawShape>(shape: Shape) => z.object(shape, 'an object');
