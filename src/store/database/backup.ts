/**
 * Backups of a PGlite database: one file with the whole database, as PGlite packs and unpacks it. (PostgreSQL has its
 * own tools.) It does not contain the key of the secrets, so the file alone reveals no credentials. A running service
 * makes one a day.
 */
import { existsSync } from 'node:fs';
import { open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { PGlite } from '@electric-sql/pglite';
import { LineupError } from '../../domain/errors/errors.ts';
import { makeDirectory } from '../../machine/make-directory.ts';
import { onDisk } from '../data-directory/file-errors.ts';
import { type Database, SCHEMA } from './database.ts';
import {
  DurableFS,
  durableOptions,
  embeddedIn,
  holdDirectory,
  holdsDatabase,
  openPglite,
  wrapPglite,
} from './pglite.ts';
import { createPglite } from './prepared-pglite.ts';

const unzip = promisify(gunzip);

/**
 * Writes the database of `dataDirectory` to a new file, mode 0600.
 * @returns its size in bytes, and the ids of the keys that it needs
 * @throws {LineupError} `data_directory_in_use` while a service uses it; `invalid_argument` when there is no
 *   database, or the file exists
 */
export async function backUp(
  dataDirectory: string,
  path: string,
): Promise<{ bytes: number; keyIds: readonly string[] }> {
  if (!holdsDatabase(dataDirectory)) {
    throw new LineupError(
      'invalid_argument',
      `${dataDirectory} holds no database, so there is nothing to back up. LINEUP_DATA_DIR names another data directory.`,
    );
  }
  if (existsSync(path)) {
    throw new LineupError(
      'invalid_argument',
      `${path} already exists. Choose another file name: a backup never overwrites a file.`,
    );
  }
  const database = await openPglite(dataDirectory);
  try {
    const pglite = pgliteOf(database);
    return { bytes: await writeBackup(pglite, path), keyIds: await keysOf(pglite) };
  } finally {
    await database.close();
  }
}

/**
 * Writes a database to a new file, mode 0600. The database may be in use: PGlite reads its files between two
 * statements. The copy is what a crash at that moment would leave, and PostgreSQL recovers from that.
 * @returns its size in bytes
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
 * @throws {LineupError} `invalid_argument` when a database exists already, or the file is not a backup;
 *   `data_directory_in_use`
 */
export async function restore(dataDirectory: string, path: string): Promise<Database> {
  const dump = await readBackup(path);
  const release = await holdDirectory(dataDirectory);
  const directory = embeddedIn(dataDirectory);
  try {
    if (existsSync(directory) && (await readdir(directory)).length > 0) {
      throw new LineupError(
        'invalid_argument',
        `${directory} already holds a database. Move it away first, to prevent data loss.`,
      );
    }
    const pglite = await unpack(directory, dump, path);
    return wrapPglite(pglite, release);
  } catch (error) {
    release();
    throw error;
  }
}

/** Unpacks it here, which checks its checksum, because a damaged file would crash PGlite. */
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
    return await createPglite({ ...durableOptions(new DurableFS(directory)), loadDataDir: dump });
  } catch (cause) {
    // Half a database must not look like a whole one.
    await rm(directory, { recursive: true, force: true });
    throw noBackup(path, cause);
  }
}

const noBackup = (path: string, cause?: unknown): LineupError =>
  new LineupError('invalid_argument', `${path} is not a backup of Lineup, or is damaged.`, { cause });

function pgliteOf({ connection }: Database): PGlite {
  if (connection.kind !== 'pglite') throw new TypeError('this is no PGlite');
  return connection.pglite;
}

/** The ids of the keys that the secrets of the database need. A first start that was killed has left no table. */
async function keysOf(pglite: PGlite): Promise<string[]> {
  const table = await pglite.query<{ found: boolean }>(
    `select to_regclass('${SCHEMA}.secret_keys') is not null as found`,
  );
  if (!table.rows[0]?.found) return [];
  const { rows } = await pglite.query<{ key_id: string }>(`select key_id from ${SCHEMA}.secret_keys order by key_id`);
  return rows.map(({ key_id }) => key_id);
}

const KEPT = 7;
const DAY = 24 * 3_600_000;
/** The time when it was made, to the minute, and the ids of the keys that it needs. */
const NAME = /^lineup-(\d{4}-\d\d-\d\d)T(\d\d)(\d\d)Z(-key(-[0-9a-f]{8})+)?\.tar\.gz$/;

/**
 * Makes a backup in `directory` unless one is less than a day old, and removes all but the last seven. It leaves
 * files with other names alone.
 * @throws {LineupError} `disk_full`, `invalid_configuration`
 */
export async function backUpDaily(pglite: PGlite, directory: string, now: Date): Promise<void> {
  await onDisk(directory, () => makeDirectory(directory));
  // One of a time to come was made under a clock that was ahead.
  const newest = (await backupsIn(directory)).findLast((name) => madeAt(name) <= now.getTime());
  if (newest && now.getTime() - madeAt(newest) < DAY) return;
  const keys = (await keysOf(pglite)).map((id) => `-${id}`).join('');
  const name = `lineup-${now.toISOString().slice(0, 16).replace(':', '')}Z${keys && `-key${keys}`}.tar.gz`;
  // It gets its name only when it is complete.
  const unfinished = join(directory, 'unfinished');
  await rm(unfinished, { force: true });
  try {
    await writeBackup(pglite, unfinished);
    await rename(unfinished, join(directory, name));
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  const old = (await backupsIn(directory)).slice(0, -KEPT);
  for (const name of old) await rm(join(directory, name), { force: true });
}

/** Sorted by time, because the names are. */
const backupsIn = async (directory: string): Promise<string[]> =>
  (await readdir(directory)).filter((name) => NAME.test(name)).sort();

const madeAt = (name: string): number => Date.parse(name.replace(NAME, '$1T$2:$3Z'));
