/** A Parquet file, and the path at which DuckDB finds it: its own, a URL, or a window into bytes that are kept elsewhere. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { LineupError } from '../../contracts/errors.ts';
import { sentence } from '../../contracts/sentence.ts';
import type { ByteOrigin } from './byte-origin.ts';
import { type FileLocation, openFile } from './open-file.ts';
import { type ParquetReading, withWindow } from './parquet-window.ts';

export interface ParquetFile {
  readonly name: string;
  /** A file; a URL of S3, which DuckDB's `httpfs` extension reads; bytes that are kept elsewhere, or the way to find them. */
  readonly at: FileLocation | URL | ByteOrigin | ((signal: AbortSignal) => Promise<ByteOrigin>);
}

/**
 * Runs `work` with a table of the file's rows for its queries; it is good for the one column until `work` has ended.
 * @throws {LineupError} `source_*`
 */
export async function withTable<T>(
  file: ParquetFile,
  reading: ParquetReading,
  work: (table: string) => Promise<T>,
): Promise<T> {
  const { at, name } = file;
  if (at instanceof URL) {
    await loadExtension(reading.connection, name);
    return work(tableAt(at.href));
  }
  if (typeof at !== 'function' && 'path' in at) return withFile(at, work);
  const origin = typeof at === 'function' ? await at(reading.signal) : at;
  return withWindow(origin, reading, (path) => work(tableAt(path)));
}

/** DuckDB opens a path by itself: it is given that of the file that was looked at, where only some may be read. */
async function withFile<T>(location: FileLocation, work: (table: string) => Promise<T>): Promise<T> {
  if (!location.admits) return work(tableAt(literally(location.path)));
  const file = await openFile(location);
  try {
    const path = process.platform === 'linux' ? `/proc/self/fd/${file.fd}` : literally(location.path);
    return await work(tableAt(path));
  } finally {
    await file.close();
  }
}

/**
 * Older writers do not mark text as text. A folder that happens to be called `email=x` (or, by Hive's custom, `date=2026-01-01`)
 * is no column, and must not take the place of the file's own.
 */
const tableAt = (path: string): string =>
  `read_parquet('${path.replaceAll("'", "''")}', binary_as_string = true, hive_partitioning = false)`;

/** DuckDB takes a path for a pattern: `list [1].parquet` would be the file `list 1.parquet`. */
const literally = (path: string): string => path.replaceAll(/[*?[]/g, '[$&]');

async function loadExtension(connection: DuckDBConnection, name: string): Promise<void> {
  await connection.run('LOAD httpfs').catch(() => {
    throw new LineupError(
      'source_unsupported',
      sentence`${name}: Parquet is read from S3 only where DuckDB's httpfs extension is installed, and it is not. Use a presigned https:// URL, or download the file first.`,
    );
  });
}
