/**
 * Backups of a PGlite database: one file, the whole of it, as PGlite itself packs and unpacks it. (PostgreSQL has its own
 * tools.) The key of the secrets is not in it: whoever finds the file can read no credentials.
 */
import { existsSync } from 'node:fs';
import { open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { PGlite } from '@electric-sql/pglite';
import { LineupError } from '../../contracts/errors.ts';
import { onDisk } from '../data-directory/file-errors.ts';
import type { Database } from './database.ts';
import { holdDirectory } from './directory-lock.ts';
import { durableOptions, openPglite, wrapPglite } from './pglite.ts';
import { DurableFS } from './pglite-fs.ts';

const unzip = promisify(gunzip);

/**
 * Writes the database of `dataDirectory` to a new file, mode 0600. @returns its size in bytes
 * @throws {LineupError} `data_directory_in_use` while a service runs on it; `invalid_argument` without a database there, or
 *   when the file exists
 */
export async function backUp(dataDirectory: string, path: string): Promise<number> {
  if (!existsSync(join(dataDirectory, 'db'))) {
    throw new LineupError('invalid_argument', `${dataDirectory} holds no database: nothing to back up.`);
  }
  if (existsSync(path)) {
    throw new LineupError('invalid_argument', `${path} exists: a backup never replaces another.`);
  }
  const database = await openPglite(dataDirectory);
  try {
    return await writeBackup(pgliteOf(database), path);
  } finally {
    await database.close();
  }
}

/**
 * Writes a database to a new file, mode 0600, also while it is in use: its files are read in one go between two statements,
 * so that the copy is what a crash at that moment would leave, which PostgreSQL recovers from. @returns its size in bytes
 */
export async function writeBackup(pglite: PGlite, path: string): Promise<number> {
  const dump = await pglite.dumpDataDir('gzip');
  await onDisk(path, () => writeDurably(path, dump));
  return dump.size;
}

async function writeDurably(path: string, content: Blob): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(content.stream());
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Unpacks a backup into a data directory that has no database yet, and opens it.
 * @throws {LineupError} `invalid_argument` when there is a database already, or the file is no backup;
 *   `data_directory_in_use`
 */
export async function restore(dataDirectory: string, path: string): Promise<Database> {
  const dump = await readBackup(path);
  const release = await holdDirectory(dataDirectory);
  const directory = join(dataDirectory, 'db');
  try {
    if (existsSync(directory) && (await readdir(directory)).length > 0) {
      throw new LineupError(
        'invalid_argument',
        `${directory} holds a database already: move it away first, so that nothing is lost by a mistake.`,
      );
    }
    const pglite = await unpack(directory, dump, path);
    return wrapPglite(pglite, release);
  } catch (error) {
    release();
    throw error;
  }
}

/** Unpacked here, and its checksum with it: PGlite would not survive a damaged one. */
async function readBackup(path: string): Promise<Blob> {
  const packed = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new LineupError('invalid_argument', `${path} cannot be read (${error.code}).`);
  });
  const bytes = await unzip(packed).catch((cause) => {
    throw noBackup(path, cause);
  });
  return new Blob([new Uint8Array(bytes)], { type: 'application/x-tar' });
}

async function unpack(directory: string, dump: Blob, path: string): Promise<PGlite> {
  try {
    return await PGlite.create({ ...durableOptions(new DurableFS(directory)), loadDataDir: dump });
  } catch (cause) {
    // Half a database must not be taken for one.
    await rm(directory, { recursive: true, force: true });
    throw noBackup(path, cause);
  }
}

const noBackup = (path: string, cause?: unknown): LineupError =>
  new LineupError('invalid_argument', `${path} is no backup of Lineup, or a damaged one.`, { cause });

function pgliteOf({ connection }: Database): PGlite {
  if (connection.kind !== 'pglite') throw new TypeError('this is no PGlite');
  return connection.pglite;
}
