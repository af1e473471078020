/** A scan of Parquet: DuckDB writes the value stream to a pipe, file after file, and its blocks come from there. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { BlockScan } from '../block-scan.ts';
import type { Scan } from '../source.ts';
import { duckDbError, withDuckDb } from './duckdb.ts';
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
