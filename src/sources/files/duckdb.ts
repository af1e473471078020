/** DuckDB, which reads Parquet: its settings, and the meaning of its errors. */
import { availableParallelism } from 'node:os';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { LineupError } from '../../domain/errors/errors.ts';
import { type Sentence, sentence } from '../../domain/text/sentence.ts';

/** Leaves one core to the hashing. With more than a few threads the consumer is the limit. */
export const THREADS = Math.max(1, Math.min(4, availableParallelism() - 1));

/**
 * The memory of a query in MB: for one column, and for each further one. With five columns it stays below the limit of
 * a reader process, 1000 MB.
 */
const MEMORY_MB = { first: 400, further: 75 } as const;

/**
 * Runs `work` on a connection to a new database, because an internal error makes a database unusable. Nothing
 * is written to the disk (`temp_directory`), and no extension is downloaded.
 * @param columns how many columns it reads at the same time
 */
export async function withDuckDb<T>(work: (connection: DuckDBConnection) => Promise<T>, columns = 1): Promise<T> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(THREADS),
    memory_limit: `${MEMORY_MB.first + MEMORY_MB.further * (columns - 1)}MB`,
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
