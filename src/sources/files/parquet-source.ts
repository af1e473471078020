/** One or several Parquet files as a source: DuckDB reads the one column and writes it to a pipe. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { LineupError } from '../../contracts/errors.ts';
import { findField } from '../find-field.ts';
import type { PreviewRow, Scan, Source, SourceField } from '../source.ts';
import { duckDbError, withDuckDb } from './duckdb.ts';
import { type Fifo, makeFifo } from './fifo.ts';
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
      table,
      select: `SELECT ${recordExpression(field, marked, table.name)} AS ${quoteName('value')} FROM ${reading(table)}`,
    }));
    return new ParquetScan(await makeFifo(), queries, marked, signal);
  }

  async close(): Promise<void> {}
}

interface Query {
  readonly table: ParquetTable;
  readonly select: string;
}

class ParquetScan implements Scan {
  readonly marked: boolean;
  readonly input: Scan['input'];
  readonly finished: Promise<void>;
  readonly #fifo: Fifo;
  #connection: DuckDBConnection | undefined;
  #done = 0;
  readonly #queries: readonly Query[];
  #stopped = false;

  constructor(fifo: Fifo, queries: readonly Query[], marked: boolean, signal: AbortSignal | undefined) {
    this.#fifo = fifo;
    this.#queries = queries;
    this.marked = marked;
    this.input = { kind: 'blocks', blocks: this.#blocks() };
    const stop = () => this.#stop();
    signal?.addEventListener('abort', stop, { once: true });
    this.finished = this.#run().finally(() => {
      signal?.removeEventListener('abort', stop);
      fifo.end();
    });
    // Whoever reads the input learns of a failure when it ends; nobody may be waiting yet.
    this.finished.catch(() => {});
    if (signal?.aborted) stop();
  }

  progress(): number | undefined {
    const percentage = this.#connection?.progress.percentage ?? 0;
    return (this.#done + Math.max(0, percentage) / 100) / this.#queries.length;
  }

  async close(): Promise<void> {
    this.#stop();
    await this.finished.catch(() => {});
    await this.#fifo.close();
  }

  /** A writer that waits for the pipe is let go by its reader's end, any other by the interrupt. */
  #stop(): void {
    this.#stopped = true;
    this.#connection?.interrupt();
    this.#fifo.reader.destroy();
  }

  async *#blocks(): AsyncGenerator<Uint8Array, void> {
    try {
      for await (const block of this.#fifo.reader) yield block;
    } catch (error) {
      // The end of the input says nothing; `finished` does.
      if (!this.#stopped) throw error;
    }
  }

  async #run(): Promise<void> {
    await withDuckDb(async (connection) => {
      this.#connection = connection;
      for (const { table, select } of this.#queries) {
        if (this.#stopped) break;
        try {
          await loadExtension(connection, table);
          await connection.run(
            `COPY (${select}) TO '${this.#fifo.path.replaceAll("'", "''")}' (FORMAT csv, HEADER false, USE_TMP_FILE false)`,
          );
        } catch (error) {
          if (!this.#stopped) throw duckDbError(table.name, error);
        }
        this.#done++;
      }
    }).finally(() => {
      this.#connection = undefined;
    });
    if (this.#stopped) throw new LineupError('interrupted', 'The scan was stopped.');
  }
}
