/** The columns of BigQuery, and which of them can hold an identifier. */
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import { findField } from '../find-field.ts';
import type { SourceField } from '../source.ts';
import type { ColumnType, Storage } from './arrow/types.ts';
import type { SchemaField } from './client.ts';

export interface BigQueryField extends SourceField {
  readonly column: ColumnType;
}

/** The REST API writes some types as old SQL does. */
const storages: Readonly<Record<string, Storage>> = {
  STRING: 'text',
  INTEGER: 'int64',
  INT64: 'int64',
  FLOAT: 'float64',
  FLOAT64: 'float64',
  NUMERIC: 'numeric',
  BIGNUMERIC: 'bignumeric',
  BOOLEAN: 'bool',
  BOOL: 'bool',
  DATE: 'date',
  TIMESTAMP: 'timestamp',
  DATETIME: 'datetime',
};

/** The fields that can hold an identifier. */
export function usableFields(schema: readonly SchemaField[]): BigQueryField[] {
  return schema.flatMap(({ name, type, mode }) => {
    const storage = Object.hasOwn(storages, type) ? storages[type] : undefined;
    if (!storage) return [];
    const list = mode === 'REPEATED';
    return [{ name, type: list ? `ARRAY<${type}>` : type, list, column: { storage, list } }];
  });
}

/** @throws {LineupError} `field_type` for a column without a text, `field_not_found` */
export function fieldNamed(schema: readonly SchemaField[], name: string, label: string): BigQueryField {
  const known = schema.find((field) => field.name === name);
  if (known && !Object.hasOwn(storages, known.type)) {
    throw new LineupError(
      'field_type',
      sentence`The column "${name}" has the type ${known.type}, which has no text. Take a text out of it in a query, for example JSON_VALUE(profile, '$.email') or profile.email.`,
    );
  }
  return findField(usableFields(schema), name, label);
}
