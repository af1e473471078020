/** The embedded database that reads Parquet: how it is set up, and what its failures mean to a person. */
import { availableParallelism } from 'node:os';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { LineupError } from '../../contracts/errors.ts';
import { sentence } from '../../contracts/sentence.ts';

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
  return new LineupError(
    'source_unreadable',
    sentence`${name} cannot be read as Parquet: it is damaged, cut off, or of another format.`,
    { reason },
  );
}
