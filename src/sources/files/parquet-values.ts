/** SQL for the values of one Parquet column. */
import { DuckDBArrayType, DuckDBListType, type DuckDBType, DuckDBTypeId } from '@duckdb/node-api';
import { LineupError } from '../../contracts/errors.ts';
import { sentence } from '../../contracts/sentence.ts';
import type { SourceField } from '../source.ts';

export interface ParquetField extends SourceField {
  readonly duckdbType: DuckDBType;
}

/** Types that have no single text. */
const COMPOSITE = new Set([
  DuckDBTypeId.LIST,
  DuckDBTypeId.ARRAY,
  DuckDBTypeId.STRUCT,
  DuckDBTypeId.MAP,
  DuckDBTypeId.UNION,
  DuckDBTypeId.BLOB,
  DuckDBTypeId.VARIANT,
  DuckDBTypeId.GEOMETRY,
]);

export function parquetField(name: string, duckdbType: DuckDBType): ParquetField {
  return { name, type: duckdbType.toString(), list: elementType(duckdbType) !== undefined, duckdbType };
}

/**
 * An SQL expression for the list of a row's values, as texts without NULL.
 * @throws {LineupError} `field_type`
 */
export function listExpression(field: ParquetField, label: string): string {
  const column = quoteName(field.name);
  const element = elementType(field.duckdbType);
  assertScalar(element ?? field.duckdbType, field, label);
  if (element === undefined) return `[${textExpression(column, field.duckdbType)}]`;
  return `coalesce(list_transform(${column}, lambda v: ${textExpression('v', element)}), [])`;
}

/**
 * An SQL expression for the records of a row in the value stream (source.ts): one record for a single value,
 * or one row for each value of a list.
 * @throws {LineupError} `field_type`
 */
export function recordExpression(field: ParquetField, marked: boolean, label: string): string {
  const list = listExpression(field, label);
  if (!field.list) return scalarRecord(quoteName(field.name), field.duckdbType, marked);
  const mark = `list_transform(${list}, lambda v, i: CASE WHEN i = 1 THEN '+' ELSE '.' END || v)`;
  return `unnest(CASE WHEN len(${list}) = 0 THEN ['+'] ELSE ${mark} END)`;
}

/** Text is passed on unchanged, because that is fast. NULL becomes an empty record. */
function scalarRecord(column: string, type: DuckDBType, marked: boolean): string {
  if (!marked && type.typeId === DuckDBTypeId.VARCHAR) return column;
  return `${marked ? "'+' || " : ''}${textExpression(column, type)}`;
}

export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function elementType(type: DuckDBType): DuckDBType | undefined {
  return type instanceof DuckDBListType || type instanceof DuckDBArrayType ? type.valueType : undefined;
}

function assertScalar(type: DuckDBType, field: ParquetField, label: string): void {
  if (!COMPOSITE.has(type.typeId)) return;
  throw new LineupError(
    'field_type',
    sentence`The field "${field.name}" of ${label} is of type ${field.type.slice(0, 100)}: its values must be texts or numbers, or a list of them.`,
  );
}

function textExpression(value: string, type: DuckDBType): string {
  switch (type.typeId) {
    case DuckDBTypeId.VARCHAR:
      return `coalesce(${value}, '')`;
    case DuckDBTypeId.FLOAT:
    case DuckDBTypeId.DOUBLE:
    case DuckDBTypeId.DECIMAL:
      // A column of integers with NULLs often becomes floating point, and then 819012345678.0 is the number
      // 819012345678.
      return `coalesce(nullif(regexp_replace(CAST(${value} AS VARCHAR), '\\.0+$', ''), 'nan'), '')`;
    default:
      return `coalesce(CAST(${value} AS VARCHAR), '')`;
  }
}
