/**
 * Parsers of flags whose rules are schemas of the contracts. Apart from options.ts, because they load Zod, and
 * `prepare` and `fields` start without it.
 */
import type { z } from 'zod';
import { customAudienceName } from '../contracts/custom-audiences.ts';
import { MAX_AUDIENCE_NAME } from '../domain/audiences/requests.ts';
import { LineupError } from '../domain/errors/errors.ts';
import { adAccountId } from '../domain/values/bounds.ts';

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

export const audienceName = (flag: string) =>
  bySchema(flag, customAudienceName, ({ code }, value) => {
    if (code === 'too_small') return `${flag} is empty.`;
    return code === 'too_big'
      ? `${flag} has ${[...value.trim()].length} characters; LINE allows ${MAX_AUDIENCE_NAME}.`
      : `${flag} holds a line break or another control character.`;
  });

/** A number between the bounds of a schema. */
export const fraction = (flag: string, schema: z.ZodNumber) => (value: string) => {
  const number = schema.safeParse(value.trim() === '' ? undefined : Number(value));
  if (number.success) return number.data;
  throw new LineupError(
    'invalid_argument',
    `${flag} takes a number from ${schema.minValue} to ${schema.maxValue}, but got "${value}".`,
  );
};
