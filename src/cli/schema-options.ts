/**
 * Parsers of flags whose rules are schemas of the contracts. Apart from options.ts, because they load Zod, and
 * `prepare` and `fields` start without it.
 */
import type { z } from 'zod';
import { customAudienceName } from '../contracts/custom-audiences.ts';
import { LineupError } from '../domain/errors/errors.ts';
import { adAccountId } from '../domain/values/bounds.ts';
import { lengthProblem, type NameLimit } from './name-length.ts';

type Issue = z.core.$ZodIssue;

/** @param explain the message about a problem of the value; by default the flag and the schema's own message */
export const bySchema =
  <T>(flag: string, schema: z.ZodType<T>, explain = ({ message }: Issue, _value: string) => `${flag}: ${message}`) =>
  (value: string): T => {
    const { data, error } = schema.safeParse(value);
    if (error) throw new LineupError('invalid_argument', explain(error.issues[0]!, value));
    return data as T;
  };

export const adAccount = bySchema(
  '--ad-account',
  adAccountId,
  (_, value) => `--ad-account takes an id of letters and digits, but got "${value}".`,
);

/** @param destination undefined when only the service knows it */
export const audienceName = (flag: string, destination?: NameLimit) => {
  const read = bySchema(flag, customAudienceName, ({ code }, value) => {
    if (code === 'too_small') return `${flag} is empty.`;
    return code === 'too_big'
      ? `${flag} has ${lengthProblem(value.trim(), destination)}.`
      : `${flag} holds a line break or another control character.`;
  });
  return (value: string): string => {
    const name = read(value);
    const tooLong = lengthProblem(name, destination);
    if (tooLong) throw new LineupError('invalid_argument', `${flag} has ${tooLong}.`);
    return name;
  };
};

/** A number between the bounds of a schema. */
export const fraction = (flag: string, schema: z.ZodNumber) => (value: string) => {
  const number = schema.safeParse(value.trim() === '' ? undefined : Number(value));
  if (number.success) return number.data;
  throw new LineupError(
    'invalid_argument',
    `${flag} takes a number from ${schema.minValue} to ${schema.maxValue}, but got "${value}".`,
  );
};
