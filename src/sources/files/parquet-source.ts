/** One or more Parquet files as a source. DuckDB reads them. */
import { DuckDBArrayType, DuckDBListType, type DuckDBType, DuckDBTypeId } from '@duckdb/node-api';
import { LineupError } from '../../domain/errors/errors.ts';
import { type Sentence, sentence } from '../../domain/text/sentence.ts';
import { findField } from '../find-field.ts';
import type { PreviewRow, Scan, Source, SourceField } from '../source.ts';
import { duckDbError, withDuckDb } from './duckdb.ts';
import { assertColumns, isName, withLeftOut } from './header.ts';
import { type ParquetFile, type ParquetReading, withTable } from './parquet-file.ts';
import { type ParquetQuery, scanParquet } from './parquet-scan.ts';
import { previewRows } from './table.ts';

/** The signal for callers that do not stop. */
const never = new AbortController().signal;

interface ParquetTable extends ParquetFile {
  readonly fields: readonly ParquetField[];
  readonly notice: Sentence | undefined;
}

/** @throws {LineupError} `source_unreadable`, `source_unsupported` */
export async function openParquet(
  label: string,
  files: readonly ParquetFile[],
  signal: AbortSignal = never,
): Promise<Source> {
  const tables = await withDuckDb(async (connection) => {
    const reading = { connection, columns: [], signal };
    const described: ParquetTable[] = [];
    for (const file of files) {
      const fields = await describe(reading, file);
      // A file that was converted without its header has a member's values as names.
      const named = fields.filter(({ name }) => isName(name));
      const notice = named.length < fields.length ? withLeftOut(file.name) : undefined;
      described.push({ ...file, fields: named, notice });
    }
    return described;
  });
  return new ParquetSource(label, tables);
}

async function describe(reading: ParquetReading, file: ParquetFile): Promise<ParquetField[]> {
  try {
    const result = await withTable(file, reading, (table) => reading.connection.run(`SELECT * FROM ${table} LIMIT 0`));
    const names = result.columnNames();
    assertColumns(names.length, file.name);
    return names.map((name, index) => parquetField(name, result.columnType(index)));
  } catch (error) {
    reading.signal.throwIfAborted();
    throw duckDbError(file.name, error);
  }
}

/** Without it, DuckDB moves the expression for lists into a condition, and makes the list again for each use in it. */
const ONCE = ' OFFSET 0';

class ParquetSource implements Source {
  readonly label: string;
  readonly notice: Sentence | undefined;
  readonly #tables: readonly ParquetTable[];

  constructor(label: string, tables: readonly ParquetTable[]) {
    this.label = label;
    this.notice = tables.find((table) => table.notice)?.notice;
    this.#tables = tables;
  }

  async fields(): Promise<SourceField[]> {
    const [first, ...others] = this.#tables;
    const names = others.map(({ fields }) => new Set(fields.map(({ name }) => name)));
    return (first?.fields ?? [])
      .filter(({ name }) => names.every((columns) => columns.has(name)))
      .map(({ name, type, list }) => ({ name, type, list }));
  }

  async preview(field: string, limit: number, signal: AbortSignal = never): Promise<PreviewRow[]> {
    const table = this.#tables[0]!;
    const found = findField(table.fields, field, table.name, table.notice);
    const values = listExpression(found, table.name);
    const rows = await withDuckDb((connection) =>
      withTable(table, { connection, columns: [field], signal }, async (from) => {
        const sql = `SELECT ${values} FROM ${from} LIMIT ${Math.trunc(limit)}`;
        return (await connection.runAndReadAll(sql)).getRowsJS();
      }),
    ).catch((error: unknown) => {
      signal.throwIfAborted();
      throw duckDbError(table.name, error);
    });
    return previewRows(rows.map(([values]) => (Array.isArray(values) ? values.map(String) : [])));
  }

  async scan(fields: readonly string[], signal?: AbortSignal): Promise<Scan> {
    const found = this.#tables.map((table) => ({
      table,
      fields: fields.map((field) => findField(table.fields, field, table.name, table.notice)),
    }));
    const marked = fields.map((_, index) => found.some((part) => part.fields[index]?.list === true));
    const queries = found.map(({ table, fields: columns }): ParquetQuery => {
      const expressions = columns.map((field, index) =>
        marked[index] ? recordsExpression(field, table.name) : valueExpression(field, table.name),
      );
      return {
        name: table.name,
        read: (reading, give) =>
          withTable(table, { ...reading, columns: fields }, (from) =>
            give(`SELECT ${expressions.join(', ')} FROM ${from}${marked.includes(true) ? ONCE : ''}`),
          ),
      };
    });
    return scanParquet(queries, marked, signal);
  }

  async close(): Promise<void> {}
}

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
 * An SQL expression for the value of a row. Text is passed on unchanged, because that is fast. NULL becomes an empty
 * record.
 * @throws {LineupError} `field_type`
 */
function valueExpression(field: ParquetField, label: string): string {
  const { duckdbType: type } = field;
  assertScalar(type, field, label);
  const column = quoteName(field.name);
  return type.typeId === DuckDBTypeId.VARCHAR ? column : textExpression(column, type);
}

/**
 * An SQL expression for the marked records of a row in the value stream (source.ts), in one text without the last LF.
 * So a row stays one row, whatever lists the other fields have.
 * @throws {LineupError} `field_type`
 */
export function recordsExpression(field: ParquetField, label: string): string {
  const list = listExpression(field, label);
  // The value with a line feed is rare, so only its row pays for a second look at each value.
  const marked = `list_transform(${list}, lambda v, i: CASE WHEN i = 1 THEN '+' ELSE '.' END || v)`;
  const quoted = `'"' || replace(v, '"', '""') || '"'`;
  const records = `list_transform(${marked}, lambda v: CASE WHEN contains(v, chr(10)) THEN ${quoted} ELSE v END)`;
  return `CASE WHEN contains(array_to_string(${list}, ''), chr(10)) THEN array_to_string(${records}, chr(10))
    ELSE '+' || array_to_string(${list}, chr(10) || '.') END`;
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
    sentence`The field "${field.name}" of ${label} has the type ${field.type.slice(0, 100)}. Its values must be text or numbers, or lists of them.`,
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
