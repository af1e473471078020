/** The fields of a table or a query: their types, and which of them can hold an identifier. */
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import type { SourceField } from '../source.ts';
import type { ColumnDescription } from './packets.ts';
import { quoteName } from './sql-text.ts';

export interface MysqlField extends SourceField {
  /** The form of a value. Undefined when it has no single text. */
  readonly form: 'text' | 'number' | undefined;
}

/** The character set of bytes that are no text. */
const BINARY = 63;
const ENUM_FLAG = 0x100;
const SET_FLAG = 0x800;
/** The decimals of a number that has no fixed number of them. */
const NOT_FIXED = 31;

/** By the number of the type in the protocol. */
const PLAIN: Readonly<Record<number, string>> = {
  1: 'tinyint',
  2: 'smallint',
  3: 'int',
  6: 'null',
  7: 'timestamp',
  8: 'bigint',
  9: 'mediumint',
  10: 'date',
  11: 'time',
  12: 'datetime',
  13: 'year',
};
const NUMBERS: Readonly<Record<number, string>> = { 0: 'decimal', 4: 'float', 5: 'double', 246: 'decimal' };
/** Types for text, and for bytes. */
const STRINGS: Readonly<Record<number, readonly [text: string, bytes: string]>> = {
  15: ['varchar', 'varbinary'],
  249: ['text', 'blob'],
  250: ['text', 'blob'],
  251: ['text', 'blob'],
  252: ['text', 'blob'],
  253: ['varchar', 'varbinary'],
  254: ['char', 'binary'],
};
const OTHERS: Readonly<Record<number, string>> = { 16: 'bit', 242: 'vector', 245: 'json', 255: 'geometry' };
/** Types of MariaDB with a text, whatever their character set is. */
const EXTENDED = ['uuid', 'inet4', 'inet6'];

export function describeField(column: ColumnDescription): MysqlField {
  const { type, form } = typeOf(column);
  return { name: column.name, type, list: false, form };
}

function typeOf(column: ColumnDescription): Pick<MysqlField, 'type' | 'form'> {
  const { type, characterSet, decimals, flags, extendedType: extended, extendedFormat } = column;
  if (extendedFormat === 'json') return { type: 'json', form: undefined };
  if (extended !== undefined) return { type: extended, form: EXTENDED.includes(extended) ? 'text' : undefined };
  if ((flags & ENUM_FLAG) !== 0) return { type: 'enum', form: 'text' };
  if ((flags & SET_FLAG) !== 0) return { type: 'set', form: 'text' };
  const plain = PLAIN[type];
  if (plain !== undefined) return { type: plain, form: 'text' };
  const number = NUMBERS[type];
  if (number !== undefined) return { type: number, form: decimals > 0 && decimals < NOT_FIXED ? 'number' : 'text' };
  const [text, bytes] = STRINGS[type] ?? [];
  if (text !== undefined && characterSet !== BINARY) return { type: text, form: 'text' };
  return { type: bytes ?? OTHERS[type] ?? `type ${type}`, form: undefined };
}

/** @throws {LineupError} `field_type` */
export function assertScalar(field: MysqlField, label: string): void {
  if (field.form !== undefined) return;
  const hint =
    field.type === 'json' ? "JSON_UNQUOTE(JSON_EXTRACT(profile, '$.email'))" : 'CONVERT(email USING utf8mb4)';
  throw new LineupError(
    'field_type',
    sentence`The field "${field.name}" of ${label} has the type ${field.type}. Its values must be text or numbers. A query can extract a value, e.g. ${hint}.`,
  );
}

/** An SQL expression for the text of a field. */
export function textOf({ name, form }: MysqlField): string {
  const value = quoteName(name);
  // As with files: a column of integers with NULLs often becomes a column of fractions, and then
  // 819012345678.0 is the number 819012345678.
  return form === 'number'
    ? `IF(${value} = FLOOR(${value}), CAST(FLOOR(${value}) AS CHAR), CAST(${value} AS CHAR))`
    : value;
}
