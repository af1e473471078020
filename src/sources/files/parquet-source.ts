/** One or more Parquet files as a source. DuckDB reads them. */
import type { Sentence } from '../../contracts/sentence.ts';
import { findField } from '../find-field.ts';
import type { PreviewRow, Scan, Source, SourceField } from '../source.ts';
import { duckDbError, type ParquetQuery, scanParquet, withDuckDb } from './duckdb.ts';
import { assertColumns, isName, withLeftOut } from './header.ts';
import { type ParquetFile, type ParquetReading, withTable } from './parquet-file.ts';
import {
  listExpression,
  type ParquetField,
  parquetField,
  quoteName,
  recordExpression,
} from './parquet-values.ts';
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
    const reading = { connection, column: undefined, signal };
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
    const result = await withTable(file, reading, (table) =>
      reading.connection.run(`SELECT * FROM ${table} LIMIT 0`),
    );
    const names = result.columnNames();
    assertColumns(names.length, file.name);
    return names.map((name, index) => parquetField(name, result.columnType(index)));
  } catch (error) {
    reading.signal.throwIfAborted();
    throw duckDbError(file.name, error);
  }
}

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
      .filter(({ name }) => names.every((of) => of.has(name)))
      .map(({ name, type, list }) => ({ name, type, list }));
  }

  async preview(field: string, limit: number, signal: AbortSignal = never): Promise<PreviewRow[]> {
    const table = this.#tables[0]!;
    const found = findField(table.fields, field, table.name, table.notice);
    const values = listExpression(found, table.name);
    const rows = await withDuckDb((connection) =>
      withTable(table, { connection, column: field, signal }, async (from) => {
        const sql = `SELECT ${values} FROM ${from} LIMIT ${Math.trunc(limit)}`;
        return (await connection.runAndReadAll(sql)).getRowsJS();
      }),
    ).catch((error: unknown) => {
      signal.throwIfAborted();
      throw duckDbError(table.name, error);
    });
    return previewRows(rows.map(([values]) => (Array.isArray(values) ? values.map(String) : [])));
  }

  async scan(field: string, signal?: AbortSignal): Promise<Scan> {
    const found = this.#tables.map((table) => ({
      table,
      field: findField(table.fields, field, table.name, table.notice),
    }));
    const marked = found.some((part) => part.field.list);
    const queries = found.map(({ table, field }) => {
      const record = recordExpression(field, marked, table.name);
      const query: ParquetQuery = {
        name: table.name,
        read: (reading, give) =>
          withTable(table, { ...reading, column: field.name }, (from) =>
            give(`SELECT ${record} AS ${quoteName('value')} FROM ${from}`),
          ),
      };
      return query;
    });
    return scanParquet(queries, marked, signal);
  }

  async close(): Promise<void> {}
}
