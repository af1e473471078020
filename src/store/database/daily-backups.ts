/**
 * What a service with an embedded database does by itself, so that nobody loses their jobs: a backup a day beside the
 * database, the last few kept. (PostgreSQL has its own tools, and its own people.)
 */
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PGlite } from '@electric-sql/pglite';
import { onDisk } from '../data-directory/file-errors.ts';
import { writeBackup } from './backup.ts';

const KEPT = 7;
const DAY = 24 * 3_600_000;
/** When it was made, to the minute. */
const NAME = /^lineup-(\d{4}-\d\d-\d\d)T(\d\d)(\d\d)Z\.tar\.gz$/;

/**
 * Makes the backup of the day in `directory` if there is none that young, and removes those beyond the last seven. Files of
 * other names are somebody else's.
 * @throws {LineupError} `disk_full`, `invalid_configuration`
 */
export async function backUpDaily(pglite: PGlite, directory: string, now: Date): Promise<void> {
  await onDisk(directory, () => mkdir(directory, { recursive: true, mode: 0o700 }));
  const newest = (await backupsIn(directory)).at(-1);
  if (newest && now.getTime() - madeAt(newest) < DAY) return;
  const name = `lineup-${now.toISOString().slice(0, 16).replace(':', '')}Z.tar.gz`;
  // Under its name only when it is whole.
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
  for (const one of old) await rm(join(directory, one), { force: true });
}

/** Their names sort by time. */
const backupsIn = async (directory: string): Promise<string[]> =>
  (await readdir(directory)).filter((name) => NAME.test(name)).sort();

const madeAt = (name: string): number => Date.parse(name.replace(NAME, '$1T$2:$3Z'));
