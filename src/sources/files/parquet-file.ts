/** A Parquet file, and the path that DuckDB opens: the file's own path, or a window in shared memory. */
import { randomBytes } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import { type ByteOrigin, type FileLocation, withPath } from './location.ts';

export interface ParquetFile {
  readonly name: string;
  /** A file; bytes that are kept elsewhere, or a function that finds them. */
  readonly at: FileLocation | ByteOrigin | ((signal: AbortSignal) => Promise<ByteOrigin>);
}

/**
 * Runs `work` with the table expression for the file. It is valid for these columns, and until `work` has
 * ended.
 * @throws {LineupError} `source_*`
 */
export async function withTable<T>(
  file: ParquetFile,
  reading: ParquetReading,
  work: (table: string) => Promise<T>,
): Promise<T> {
  const { at } = file;
  if (typeof at !== 'function' && 'path' in at) return withPath(at, (path) => work(tableAt(literally(path))));
  const origin = typeof at === 'function' ? await at(reading.signal) : at;
  return withWindow(origin, reading, (path) => work(tableAt(path)));
}

/**
 * Older writers do not mark text as text. A folder with a name such as `email=x` or `date=2026-01-01` (the
 * custom of Hive) is not a column and must not replace one.
 */
const tableAt = (path: string): string =>
  `read_parquet('${path.replaceAll("'", "''")}', binary_as_string = true, hive_partitioning = false)`;

/** DuckDB reads a path as a pattern: `list [1].parquet` would mean the file `list 1.parquet`. */
const literally = (path: string): string => path.replaceAll(/[*?[]/g, '[$&]');

/** What to read from a file. */
export interface ParquetReading {
  readonly connection: DuckDBConnection;
  /** The only columns to read. None for the metadata alone. */
  readonly columns: readonly string[];
  readonly signal: AbortSignal;
}

const SHARED_MEMORY = '/dev/shm';
/** The end of a file: the length of its directory, and `PAR1`. */
const TAIL_BYTES = 8;

/**
 * A window into a Parquet file that must not reach a disk in clear. DuckDB can only read paths. So it gets a
 * path in shared memory, with the file's directory and the wanted columns at their own positions, and holes
 * elsewhere. The name is removed before the first byte is written. The memory is freed with the last
 * descriptor, even if the process crashes.
 */
async function withWindow<T>(
  origin: ByteOrigin,
  { connection, columns, signal }: ParquetReading,
  work: (path: string) => Promise<T>,
): Promise<T> {
  const file = await unnamedFile(origin);
  const path = `/proc/self/fd/${file.fd}`;
  const show = (start: number, end: number) => copy(origin, file, start, end, signal);
  try {
    await file.truncate(origin.size);
    await show(await startOfDirectory(origin, signal), origin.size);
    if (columns.length > 0) {
      const chunks = await connection.runAndReadAll(
        `SELECT path_in_schema, least(nullif(dictionary_page_offset, 0), data_page_offset), total_compressed_size
         FROM parquet_metadata('${path}')`,
      );
      for (const [name, start, length] of chunks.getRows()) {
        if (!columns.some((column) => isOf(column, String(name)))) continue;
        await show(Number(start), Number(start) + Number(length));
      }
    }
    return await work(path);
  } finally {
    await file.close();
  }
}

/** The values of a list are in a leaf of its column. To copy a leaf of another column is harmless. */
const isOf = (column: string, leaf: string): boolean => leaf === column || leaf.startsWith(`${column}, `);

async function unnamedFile(origin: ByteOrigin): Promise<FileHandle> {
  const path = `${SHARED_MEMORY}/lineup-${randomBytes(12).toString('hex')}`;
  try {
    const file = await open(path, 'wx+', 0o600);
    await unlink(path);
    return file;
  } catch (cause) {
    throw new LineupError(
      'source_unsupported',
      sentence`${origin.name} is Parquet. Lineup reads it in shared memory, so that nothing is written to a disk, but this machine has no shared memory (${SHARED_MEMORY}). Use CSV or NDJSON instead.`,
      { cause },
    );
  }
}

/** @throws {LineupError} `source_unreadable` when it is not Parquet */
async function startOfDirectory(origin: ByteOrigin, signal: AbortSignal): Promise<number> {
  const end = origin.size - TAIL_BYTES;
  const parts: Buffer[] = [];
  if (end > 0) for await (const block of origin.read({ start: end }, signal)) parts.push(Buffer.from(block));
  const tail = Buffer.concat(parts);
  const start = tail.length === TAIL_BYTES ? end - tail.readUInt32LE(0) : 0;
  if (start > 0 && tail.toString('latin1', 4) === 'PAR1') return start;
  throw new LineupError('source_unreadable', sentence`${origin.name} is not a Parquet file, or is cut off.`);
}

async function copy(
  origin: ByteOrigin,
  file: FileHandle,
  start: number,
  end: number,
  signal: AbortSignal,
): Promise<void> {
  let position = start;
  for await (const block of origin.read({ start, end: Math.min(end, origin.size) }, signal)) {
    signal.throwIfAborted();
    for (let done = 0; done < block.length; ) {
      const { bytesWritten } = await file.write(block, done, block.length - done, position).catch((cause) => {
        throw tooLittle(origin, end - start, cause);
      });
      done += bytesWritten;
      position += bytesWritten;
    }
  }
}

function tooLittle(origin: ByteOrigin, bytes: number, cause: unknown): unknown {
  if ((cause as NodeJS.ErrnoException).code !== 'ENOSPC') return cause;
  return new LineupError(
    'source_failed',
    sentence`${origin.name} is Parquet, and shared memory has no space for a part of ${Math.ceil(bytes / 1_000_000)} MB (${SHARED_MEMORY}). Give this machine more shared memory (for a container: shm_size), or use CSV.`,
    { reason: 'ENOSPC', cause },
  );
}
