/**
 * DuckDB, which reads Parquet: its settings, the meaning of its errors, and a scan. In a scan it writes the
 * value stream to a pipe, one file after another, and we read the blocks from there.
 */
import { availableParallelism } from 'node:os';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { LineupError } from '../../contracts/errors.ts';
import { type Sentence, sentence } from '../../contracts/sentence.ts';
import { BlockScan } from '../scans.ts';
import type { Scan } from '../source.ts';
import { makeFifo } from './pipe-reader.ts';

/** The query for one file. */
export interface ParquetQuery {
  /** The name of the file, for messages. */
  readonly name: string;
  /**
   * Passes the query for one column to `give`: the records of the value stream. The file stays readable until
   * `give` has ended.
   */
  read(
    reading: { readonly connection: DuckDBConnection; readonly signal: AbortSignal },
    give: (select: string) => Promise<void>,
  ): Promise<void>;
}

export function scanParquet(queries: readonly ParquetQuery[], marked: boolean, signal?: AbortSignal): Scan {
  let done = 0;
  let connection: DuckDBConnection | undefined;

  const write = (path: string, stop: AbortSignal) =>
    withDuckDb(async (opened) => {
      connection = opened;
      for (const query of queries) {
        stop.throwIfAborted();
        try {
          await query.read({ connection: opened, signal: stop }, async (select) => {
            await opened.run(
              `COPY (${select}) TO '${path.replaceAll("'", "''")}' (FORMAT csv, HEADER false, USE_TMP_FILE false)`,
            );
          });
        } catch (error) {
          // The error of an interrupted query is not a fault of the file.
          stop.throwIfAborted();
          throw duckDbError(query.name, error);
        }
        done += 1;
      }
    }).finally(() => {
      connection = undefined;
    });

  async function* blocks(stop: AbortSignal): AsyncGenerator<Uint8Array, void> {
    const pipe = await makeFifo();
    // Closing the reader stops a writer that waits for the pipe. The interrupt stops all others.
    const cancel = () => {
      connection?.interrupt();
      pipe.reader.destroy();
    };
    stop.addEventListener('abort', cancel, { once: true });
    const written = write(pipe.path, stop).finally(() => pipe.end());
    written.catch(() => {});
    try {
      yield* pipe.reader.blocks();
      await written;
      // A destroyed reader ends like one that has read everything.
      stop.throwIfAborted();
    } finally {
      stop.removeEventListener('abort', cancel);
      cancel();
      await written.catch(() => {});
      await pipe.close();
    }
  }

  return new BlockScan({
    marked,
    signal,
    progress: () => (done + Math.max(0, connection?.progress.percentage ?? 0) / 100) / queries.length,
    blocks,
  });
}

/** Leaves one core to the hashing. With more than a few threads the pipe is the limit. */
const THREADS = Math.max(1, Math.min(4, availableParallelism() - 1));

/**
 * Runs `work` on a connection to a new database, because an internal error makes a database unusable. Nothing
 * is written to the disk (`temp_directory`), and no extension is downloaded.
 */
export async function withDuckDb<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(THREADS),
    memory_limit: '400MB',
    temp_directory: '',
    autoinstall_known_extensions: 'false',
  });
  try {
    const connection = await instance.connect();
    try {
      // Without these settings the library does not report progress.
      await connection.run('SET enable_progress_bar = true; SET enable_progress_bar_print = false');
      return await work(connection);
    } finally {
      connection.closeSync();
    }
  } finally {
    instance.closeSync();
  }
}

/** Keeps only the kind of the library's message. The rest may quote the content of the file. */
export function duckDbError(name: string, error: unknown): LineupError {
  if (error instanceof LineupError) return error;
  const message = error instanceof Error ? error.message : '';
  const reason = /^[A-Za-z ]{1,30} Error/.exec(message)?.[0] ?? 'unknown';
  if (/^Out of Memory/.test(message)) {
    return new LineupError(
      'source_failed',
      sentence`${name} needs more memory than Lineup may use to read it. Write it with smaller row groups (100,000 rows), or as CSV.`,
      { reason },
    );
  }
  if (/invalid (string encoding|utf-?8|unicode)/i.test(message)) {
    return new LineupError('source_encoding', sentence`${name} contains text that is not valid UTF-8.`, {
      reason,
    });
  }
  const unknown = unsupportedByDuckDb(name, message);
  if (unknown) return new LineupError('source_unsupported', unknown, { reason });
  return new LineupError(
    'source_unreadable',
    sentence`${name} cannot be read as Parquet. It is damaged or cut off, or has another format.`,
    { reason },
  );
}

/** For a valid file: what the library cannot read, and what to write instead. */
function unsupportedByDuckDb(name: string, message: string): Sentence | undefined {
  const codec = /Unsupported compression codec "?([A-Za-z0-9_]{1,20})/.exec(message)?.[1];
  if (codec !== undefined) {
    return sentence`${name} uses the compression ${codec}, which Lineup cannot read in Parquet. Write it with Zstandard, Snappy, gzip or LZ4_RAW.`;
  }
  const encoding = /([A-Z][A-Z_]{2,40}) encoding is only supported/.exec(message)?.[1];
  if (encoding === undefined) return undefined;
  return sentence`${name}: the field uses the encoding ${encoding}, which Lineup cannot read for its type. Write the file without this encoding, or write the field as text.`;
}
