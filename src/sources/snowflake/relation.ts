/** What a scan reads, its fields, and the SQL for their values. */
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import type { SourceField } from '../source.ts';
import { checkQuery, quote, quoteTableName, type SnowflakeAudience, writeTableName } from './sql-text.ts';

export interface Relation {
  /** For the FROM clause of a SELECT. */
  readonly sql: string;
  readonly label: string;
  /** Where the query that a person wrote is in a statement. Undefined for a table. */
  readonly query: { readonly linesBefore: number; readonly lines: number } | undefined;
}

/** A column, as Snowflake describes it. */
export interface Column {
  readonly name: string;
  /** E.g. `text`, `fixed`, `timestamp_ntz`, `array`. */
  readonly type: string;
  readonly precision: number | undefined;
  readonly scale: number | undefined;
}

export interface SnowflakeField extends SourceField {
  /** How its value, or an element, becomes a text. Undefined when it has no single text. */
  readonly form: 'text' | 'whole' | 'fraction' | 'float' | 'other' | 'list' | undefined;
}

/** @throws {LineupError} `invalid_argument` */
export function relationOf(audience: SnowflakeAudience): Relation {
  if ('table' in audience) {
    const { table } = audience;
    return { sql: quoteTableName(table), label: writeTableName(table), query: undefined };
  }
  // The line breaks are needed for a query that ends in a comment.
  const query = checkQuery(audience.query);
  const place = { linesBefore: 1, lines: query.split('\n').length };
  return { sql: `(\n${query}\n)`, label: 'the query', query: place };
}

/** Asks for the columns. Snowflake reads no rows for it. */
export const describe = ({ sql }: Relation): string => `SELECT * FROM ${sql} LIMIT 0`;

export function fieldOf({ name, type, precision, scale }: Column): SnowflakeField {
  const form = formOf(type, scale);
  const shown = NAMES[type] ?? type.toUpperCase().slice(0, 40);
  const typed = type === 'fixed' && precision !== undefined ? `${shown}(${precision},${scale ?? 0})` : shown;
  return { name, type: typed, list: form === 'list', form };
}

const NAMES: Readonly<Record<string, string>> = { text: 'VARCHAR', fixed: 'NUMBER', real: 'FLOAT' };

function formOf(type: string, scale: number | undefined): SnowflakeField['form'] {
  switch (type) {
    case 'text':
      return 'text';
    case 'fixed':
      return scale === 0 || scale === undefined ? 'whole' : 'fraction';
    case 'real':
      return 'float';
    case 'boolean':
    case 'date':
    case 'time':
    case 'timestamp_ltz':
    case 'timestamp_ntz':
    case 'timestamp_tz':
      return 'other';
    case 'array':
      return 'list';
    default:
      return undefined;
  }
}

/** @throws {LineupError} `field_type` */
export function assertReadable({ form, name, type }: SnowflakeField, label: string): void {
  if (form !== undefined) return;
  throw new LineupError(
    'field_type',
    sentence`The field "${name}" of ${label} has the type ${type}. Its values must be text or numbers, or lists of them. A query can extract a value, e.g. profile:email::VARCHAR.`,
  );
}

/** The values of the fields, a row for each member. */
export const selectValues = ({ sql }: Relation, fields: readonly SnowflakeField[]): string =>
  `SELECT ${fields.map((field) => textOf(quote(field.name), field)).join(', ')} FROM ${sql}`;

/** Limits for a value and for a list in a preview. No identifier is longer, and a mask needs less. */
export const SHOWN_CHARACTERS = 400;
const SHOWN_VALUES = 20;

/** The first characters of a field's values, or its first values. */
export function selectBeginnings({ sql }: Relation, field: SnowflakeField, limit: number): string {
  const name = quote(field.name);
  const value = field.list
    ? `TO_JSON(ARRAY_SLICE(${name}, 0, ${SHOWN_VALUES})::VARIANT)`
    : `LEFT(${textOf(name, field)}, ${SHOWN_CHARACTERS})`;
  return `SELECT ${value} FROM ${sql} LIMIT ${limit}`;
}

/** What a person sees: a number without a fraction of zeros, a date as the session writes it. */
export function textOf(column: string, { form }: SnowflakeField): string {
  switch (form) {
    case 'text':
      return column;
    // As with files: 819012345678.0 is the number 819012345678.
    case 'fraction':
      return `REGEXP_REPLACE(TO_VARCHAR(${column}), '[.]0+$', '')`;
    case 'float':
      return `NULLIF(REGEXP_REPLACE(TO_VARCHAR(${column}), '[.]0+$', ''), 'NaN')`;
    case 'list':
      return `TO_JSON(${column}::VARIANT)`;
    default:
      return `TO_VARCHAR(${column})`;
  }
}
