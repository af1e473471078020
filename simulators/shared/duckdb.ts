/** Runs a query of a simulated database on DuckDB, in memory. */
import { setImmediate as turn } from 'node:timers/promises';
import type { DuckDBValue } from '@duckdb/node-api';

/** A table that a query reads. It exists only for the query. */
export interface LoadedTable {
  readonly name: string;
  /** The types are those of DuckDB. */
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly count: number;
  /** Rows from `from` up to `to`, by columns. A list is an array, and a number is a whole one. */
  readonly slice: (from: number, to: number) => readonly (readonly unknown[])[];
}

export interface LoadedQuery {
  readonly sql: string;
  readonly tables: readonly LoadedTable[];
  /** Definitions of macros for the functions of the simulated database. */
  readonly macros: readonly string[];
}

export interface Answer {
  readonly names: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

const CHUNK = 2_048;

/** DuckDB is loaded only now. @throws an error of DuckDB, e.g. for a column that does not exist */
export async function runOnDuckDb({ sql, tables, macros }: LoadedQuery): Promise<Answer> {
  const { DuckDBDataChunk, DuckDBInstance, listValue, structValue } = await import('@duckdb/node-api');
  const stored = (value: unknown): DuckDBValue => {
    if (Array.isArray(value)) return listValue(value.map(stored));
    if (typeof value === 'object' && value !== null)
      return structValue(Object.fromEntries(Object.entries(value).map(([key, element]) => [key, stored(element)])));
    return typeof value === 'number' ? BigInt(value) : (value as DuckDBValue);
  };
  const options = { threads: '1', memory_limit: '1GB', temp_directory: '' };
  const instance = await DuckDBInstance.create(':memory:', options);
  try {
    const connection = await instance.connect();
    for (const { name, columns, count, slice } of tables) {
      const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
      await connection.run(
        `CREATE TABLE ${quoted(name)} (${columns.map((column) => `${quoted(column.name)} ${column.type}`).join(', ')})`,
      );
      const appender = await connection.createAppender(name);
      const types = (await connection.run(`FROM ${quoted(name)}`)).columnTypes();
      for (let from = 0; from < count; from += CHUNK) {
        const chunk = DuckDBDataChunk.create(types);
        chunk.setColumns(slice(from, Math.min(from + CHUNK, count)).map((column) => column.map(stored)));
        appender.appendDataChunk(chunk);
        // Others want to be answered, too.
        await turn();
      }
      appender.closeSync();
    }
    for (const macro of macros) await connection.run(`CREATE MACRO ${macro}`);
    const result = await connection.runAndReadAll(sql);
    return { names: result.columnNames(), rows: result.getRows() };
  } finally {
    instance.closeSync();
  }
}
