/** The identifiers that a profile holds in one field. */
import { LineupError } from '../../contracts/errors.ts';
import { type Sentence, sentence } from '../../contracts/sentence.ts';
import type { Entity } from './answers.ts';

/** What can hold an identifier: a text, a set of texts, and texts with the times when they were seen. */
const typesFit: Readonly<Record<string, { readonly list: boolean }>> = {
  string: { list: false },
  '[]string': { list: true },
  'ts[]string': { list: true },
};

/** Undefined for a type that cannot hold an identifier. */
export const fitOf = (type: string): { readonly list: boolean } | undefined =>
  Object.hasOwn(typesFit, type) ? typesFit[type] : undefined;

/**
 * Every value of the field, whether it is a scalar or a list: a profile may hold either. A missing field is one empty
 * value, as in every source.
 * @throws {LineupError} `field_type` for what has no text to it
 */
export function valuesOf(member: Entity, field: string): readonly string[] {
  const value = Object.hasOwn(member, field) ? member[field] : undefined;
  return Array.isArray(value) ? value.map((one) => elementOf(one, field)) : [textOf(value, field)];
}

/** What tells the member from others, as far as the field goes; empty for one without a value. */
export function recordOf(member: Entity, field: string): string {
  const value = Object.hasOwn(member, field) ? member[field] : undefined;
  const none =
    value === undefined || value === null || value === '' || (Array.isArray(value) && !value.length);
  return none ? '' : JSON.stringify(value);
}

function elementOf(value: unknown, field: string): string {
  if (typeof value !== 'object' || value === null) return textOf(value, field);
  // Of a `ts[]string` Lytics does not document whether its elements are texts or objects of a text and a time.
  const texts = Object.values(value).filter(
    (one): one is string => typeof one === 'string' && !/^\d{4}-\d\d-\d\dT/.test(one),
  );
  const [only] = texts;
  if (only !== undefined && texts.length === 1) return only;
  // Its keys are not named: they may be a member's values, too.
  throw unfit(field, sentence`objects without a text, or with several`);
}

function textOf(value: unknown, field: string): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw unfit(field, sentence`objects`);
}

function unfit(field: string, what: Sentence): LineupError {
  return new LineupError(
    'field_type',
    sentence`The field "${field}" holds ${what}: its values must be texts or lists of texts.`,
  );
}
