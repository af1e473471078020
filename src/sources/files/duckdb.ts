/** A scan of Parquet: DuckDB writes the value stream to a pipe, file after file, and its blocks come from there. */

import { availableParallelism } from 'node:os';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { LineupError } from '../../contracts/errors.ts';
import { type Sentence, sentence } from '../../contracts/sentence.ts';
import { BlockScan } from '../block-scan.ts';
import type { Scan } from '../source.ts';
import { makeFifo } from './pipe-reader.ts';

/** What one file gives. */
export interface ParquetQuery {
  /** Of the file, for messages. */
  readonly name: string;
  /** Gives its query of one column: the records of the value stream. The file can be read until `give` has ended. */
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
          // What an interrupted query throws is not the file's failure.
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
    // A writer that waits for the pipe is let go by its reader's end, any other by the interrupt.
    const letGo = () => {
      connection?.interrupt();
      pipe.reader.destroy();
    };
    stop.addEventListener('abort', letGo, { once: true });
    const written = write(pipe.path, stop).finally(() => pipe.end());
    written.catch(() => {});
    try {
      yield* pipe.reader.blocks();
      await written;
      // A reader that was destroyed ends like one that read everything.
      stop.throwIfAborted();
    } finally {
      stop.removeEventListener('abort', letGo);
      letGo();
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

/** One core is left to the hashing; beyond a few the pipe is the limit. */
const THREADS = Math.max(1, Math.min(4, availableParallelism() - 1));

/**
 * Runs `work` on a connection of a database of its own: a failure inside the library spoils a database for good. Nothing of
 * it reaches the disk (`temp_directory`), and no extension is fetched from the network.
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
      // Without these the library does not tell how far a query is.
      await connection.run('SET enable_progress_bar = true; SET enable_progress_bar_print = false');
      return await work(connection);
    } finally {
      connection.closeSync();
    }
  } finally {
    instance.closeSync();
  }
}

/** Only the kind of the library's message is kept: the rest may quote what stands in the file. */
export function duckDbError(name: string, error: unknown): LineupError {
  if (error instanceof LineupError) return error;
  const message = error instanceof Error ? error.message : '';
  const reason = /^[A-Za-z ]{1,30} Error/.exec(message)?.[0] ?? 'unknown';
  if (/^Out of Memory/.test(message)) {
    return new LineupError(
      'source_failed',
      sentence`${name} needs more memory than Lineup gives to reading. Write it with smaller row groups (100,000 rows), or as CSV.`,
      { reason },
    );
  }
  if (/invalid (string encoding|utf-?8|unicode)/i.test(message)) {
    return new LineupError('source_encoding', sentence`${name} holds text that is not valid UTF-8.`, {
      reason,
    });
  }
  const unknown = unknownToLibrary(name, message);
  if (unknown) return new LineupError('source_unsupported', unknown, { reason });
  return new LineupError(
    'source_unreadable',
    sentence`${name} cannot be read as Parquet: it is damaged, cut off, or of another format.`,
    { reason },
  );
}

/** Of a file that is sound: what the library cannot read of it, and what it can instead. */
function unknownToLibrary(name: string, message: string): Sentence | undefined {
  const codec = /Unsupported compression codec "?([A-Za-z0-9_]{1,20})/.exec(message)?.[1];
  if (codec !== undefined) {
    return sentence`${name} is compressed as ${codec}, which cannot be read in Parquet. Write it with Zstandard, Snappy, gzip or LZ4_RAW.`;
  }
  const encoding = /([A-Z][A-Z_]{2,40}) encoding is only supported/.exec(message)?.[1];
  if (encoding === undefined) return undefined;
  return sentence`${name}: the field is written in the encoding ${encoding}, which cannot be read for its type. Write the file without that encoding, or the field as text.`;
}
