/** One or several Parquet files as a source, which DuckDB reads. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { LineupError } from '../../contracts/errors.ts';
import { findField } from '../find-field.ts';
import type { PreviewRow, Scan, Source, SourceField } from '../source.ts';
import { duckDbError, withDuckDb } from './duckdb.ts';
import { scanParquet } from './parquet-scan.ts';
import {
  listExpression,
  type ParquetField,
  parquetField,
  quoteName,
  recordExpression,
} from './parquet-values.ts';
import { previewRows } from './table.ts';

export interface ParquetFile {
  readonly name: string;
  /** A path, or a URL that DuckDB's `httpfs` extension reads. */
  readonly path: string;
}

interface ParquetTable extends ParquetFile {
  readonly fields: readonly ParquetField[];
}

/** @throws {LineupError} `source_unreadable`, `source_unsupported` */
export async function openParquet(label: string, files: readonly ParquetFile[]): Promise<Source> {
  const tables = await withDuckDb(async (connection) => {
    const described: ParquetTable[] = [];
    for (const file of files) described.push({ ...file, fields: await describe(connection, file) });
    return described;
  });
  return new ParquetSource(label, tables);
}

async function describe(connection: DuckDBConnection, file: ParquetFile): Promise<ParquetField[]> {
  try {
    await loadExtension(connection, file);
    const result = await connection.run(`SELECT * FROM ${reading(file)} LIMIT 0`);
    return result.columnNames().map((name, index) => parquetField(name, result.columnType(index)));
  } catch (error) {
    throw duckDbError(file.name, error);
  }
}

async function loadExtension(connection: DuckDBConnection, file: ParquetFile): Promise<void> {
  if (!/^(s3|https):/.test(file.path)) return;
  await connection.run('LOAD httpfs').catch(() => {
    throw new LineupError(
      'source_unsupported',
      `${file.name}: Parquet is read over the network only where DuckDB's httpfs extension is installed, and it is not. Download the file first, or name a mounted path.`,
    );
  });
}

/** Older writers do not mark text as text. */
function reading(file: ParquetFile): string {
  return `read_parquet('${file.path.replaceAll("'", "''")}', binary_as_string = true)`;
}

class ParquetSource implements Source {
  readonly label: string;
  readonly #tables: readonly ParquetTable[];

  constructor(label: string, tables: readonly ParquetTable[]) {
    this.label = label;
    this.#tables = tables;
  }

  async fields(): Promise<SourceField[]> {
    const [first, ...others] = this.#tables;
    return (first?.fields ?? [])
      .filter(({ name }) => others.every(({ fields }) => fields.some((field) => field.name === name)))
      .map(({ name, type, list }) => ({ name, type, list }));
  }

  async preview(field: string, limit: number): Promise<PreviewRow[]> {
    const table = this.#tables[0]!;
    const found = findField(table.fields, field, table.name);
    const rows = await withDuckDb(async (connection) => {
      await loadExtension(connection, table);
      const sql = `SELECT ${listExpression(found, table.name)} FROM ${reading(table)} LIMIT ${Math.trunc(limit)}`;
      return (await connection.runAndReadAll(sql)).getRowsJS();
    }).catch((error: unknown) => {
      throw duckDbError(table.name, error);
    });
    return previewRows(rows.map(([values]) => (Array.isArray(values) ? values.map(String) : [])));
  }

  async scan(field: string, signal?: AbortSignal): Promise<Scan> {
    const found = this.#tables.map((table) => ({
      table,
      field: findField(table.fields, field, table.name),
    }));
    const marked = found.some((part) => part.field.list);
    const queries = found.map(({ table, field }) => ({
      name: table.name,
      select: `SELECT ${recordExpression(field, marked, table.name)} AS ${quoteName('value')} FROM ${reading(table)}`,
      prepare: (connection: DuckDBConnection) => loadExtension(connection, table),
    }));
    return scanParquet(queries, marked, signal);
  }

  async close(): Promise<void> {}
}
