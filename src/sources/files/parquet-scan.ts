/**
 * A scan of one column or several of Parquet files, one file after another. DuckDB gives its own vectors of texts, and
 * we read the bytes from there. What does not fit goes through a pipe: the rest of a file with long texts, or after a
 * failure, which the pipe then reports.
 */
import { BOOLEAN, type DuckDBConnection, DuckDBScalarFunction, VARCHAR } from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import { BlockScan } from '../scans.ts';
import type { Scan } from '../source.ts';
import { CsvColumns } from './csv-columns.ts';
import { duckDbError, THREADS, withDuckDb } from './duckdb.ts';
import { type Give, handedOver } from './hand-over.ts';
import { makeFifo, type PipeReader } from './pipe-reader.ts';
import { TextVectors } from './text-vector.ts';

/** The query for one file. */
export interface ParquetQuery {
  /** The name of the file, for messages. */
  readonly name: string;
  /**
   * Passes the query for the fields to `use`. It has a column for each field: its values, or for a marked field the
   * records of the value stream, those of a row in one text. The file stays readable until `use` has ended.
   */
  read(
    reading: { readonly connection: DuckDBConnection; readonly signal: AbortSignal },
    use: (select: string) => Promise<void>,
  ): Promise<void>;
}

/** Gives a block of a column. */
type GiveOf = (column: number, block: Uint8Array) => Promise<void>;

/** @param marked whether each field is marked, in every file */
export function scanParquet(queries: readonly ParquetQuery[], marked: readonly boolean[], signal?: AbortSignal): Scan {
  let done = 0;
  let current = 0;
  let connection: DuckDBConnection | undefined;

  const produce = (giveNext: Give, stop: AbortSignal) =>
    withDuckDb(async (opened) => {
      connection = opened;
      const give: GiveOf = (column, block) => {
        current = column;
        return giveNext(block);
      };
      const texts = receiveTexts(opened, marked);
      for (const query of queries) {
        stop.throwIfAborted();
        try {
          await query.read({ connection: opened, signal: stop }, async (select) => {
            const csv = isPlain(marked) ? undefined : new CsvColumns(marked, query.name);
            await readVectors(opened, { select, texts, columns: marked.length }, give, stop);
            if (texts.rows === (await countRows(opened, select))) return;
            const rest = `SELECT * FROM (${select}) OFFSET ${texts.rows}`;
            await readPipe(opened, { select: rest, csv }, give, stop);
          });
        } catch (error) {
          // The error of an interrupted query is not a fault of the file.
          stop.throwIfAborted();
          throw duckDbError(query.name, error);
        }
        done += 1;
      }
    }, marked.length).finally(() => {
      connection = undefined;
    });

  async function* blocks(stop: AbortSignal): AsyncGenerator<Uint8Array, void> {
    const interrupt = () => connection?.interrupt();
    stop.addEventListener('abort', interrupt, { once: true });
    try {
      yield* handedOver((give) => produce(give, stop));
    } finally {
      stop.removeEventListener('abort', interrupt);
    }
  }

  return new BlockScan({
    marked,
    column: () => current,
    signal,
    progress: () => (done + Math.max(0, connection?.progress.percentage ?? 0) / 100) / queries.length,
    blocks,
  });
}

/** For a single field without marks, DuckDB's CSV is the value stream. */
const isPlain = ([first, ...others]: readonly boolean[]): boolean => first === false && others.length === 0;

const TAKE = 'lineup_take';
/** What the function returns for the rows of a vector. */
const NONE = new ArrayBuffer(2048);
const ALL = new Uint8Array(2048).fill(1).buffer;

/** Registers a function that DuckDB calls for the vectors of texts of all columns. */
function receiveTexts(connection: DuckDBConnection, marked: readonly boolean[]): TextVectors {
  const texts = new TextVectors(marked);
  const take = new DuckDBScalarFunction();
  take.setName(TAKE);
  for (const _ of marked) take.addParameter(VARCHAR);
  take.setReturnType(BOOLEAN);
  // It takes NULLs too, and is called for each row, once and in order.
  take.setSpecialHandling();
  take.setVolatile();
  // The library's own objects for chunks and vectors would copy them once more.
  duckdb.scalar_function_set_function(take.scalar_function, (_, chunk, condition) => {
    const rows = duckdb.data_chunk_get_size(chunk);
    const stops = texts.take(chunk, rows);
    duckdb.copy_data_to_vector(condition, 0, stops ? ALL : NONE, 0, rows);
  });
  connection.registerScalarFunction(take);
  return texts;
}

/**
 * DuckDB passes each vector to the function before its memory is used again, and the function copies it. The condition
 * is true only when a block of any column is complete. Then DuckDB has rows to return, and stops until the next ones
 * are requested. So the function, which cannot wait, is never called too often. Ends early when the texts overflow, and
 * when DuckDB fails: its library does not tell the end of a stream from a failure.
 */
async function readVectors(
  connection: DuckDBConnection,
  { select, texts, columns }: { select: string; texts: TextVectors; columns: number },
  give: GiveOf,
  stop: AbortSignal,
): Promise<void> {
  texts.start();
  // One thread keeps the order. It decodes faster than the values are hashed.
  await connection.run("SET threads = 1; SET streaming_buffer_size = '1KB'");
  const names = Array.from({ length: columns }, (_, index) => `value${index}`).join(', ');
  const result = await connection.stream(`SELECT 1 FROM (${select}) AS t(${names}) WHERE ${TAKE}(${names})`);
  for (;;) {
    const chunk = await result.fetchChunk();
    stop.throwIfAborted();
    for (const [column, block] of texts.blocks().entries()) if (block.length > 0) await give(column, block);
    if (!chunk || chunk.rowCount === 0 || texts.overflowed) return;
  }
}

/** How many rows the query has. DuckDB takes it from the directory of the file. */
async function countRows(connection: DuckDBConnection, select: string): Promise<number> {
  const result = await connection.runAndReadAll(`SELECT count(*) FROM (${select})`);
  return Number(result.getRows()[0]?.[0]);
}

/**
 * DuckDB writes the columns to a pipe, as CSV.
 * @param csv splits them; undefined if the CSV is the value stream itself
 */
async function readPipe(
  connection: DuckDBConnection,
  { select, csv }: { select: string; csv: CsvColumns | undefined },
  give: GiveOf,
  stop: AbortSignal,
): Promise<void> {
  const pipe = await makeFifo();
  // Closing the reader stops a writer that waits for the pipe. The interrupt stops all others.
  const cancel = () => pipe.reader.destroy();
  stop.addEventListener('abort', cancel, { once: true });
  const write = async () => {
    await connection.run(`SET threads = ${THREADS}`);
    const path = pipe.path.replaceAll("'", "''");
    await connection.run(`COPY (${select}) TO '${path}' (FORMAT csv, HEADER false, USE_TMP_FILE false)`);
  };
  const writing = write().finally(() => pipe.end());
  writing.catch(() => {});
  try {
    const written = allOf(pipe.reader, writing);
    for await (const block of csv?.split(written) ?? written) await give(csv?.column ?? 0, block);
  } finally {
    stop.removeEventListener('abort', cancel);
    cancel();
    await writing.catch(() => {});
    await pipe.close();
  }
}

/** The end of a pipe is only the end of its content when the writer has not failed. */
async function* allOf(pipe: PipeReader, writing: Promise<void>): AsyncGenerator<Uint8Array, void> {
  yield* pipe.blocks();
  await writing;
}
