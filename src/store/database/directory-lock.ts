/** One process at a time in a data directory's database, and a word on who that is. */
import { rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { LineupError } from '../../contracts/errors.ts';
import type { Release } from '../../contracts/ports.ts';
import { onDisk } from '../data-directory/file-errors.ts';
import { tryLock } from '../data-directory/lock.ts';

const holder = z.object({ pid: z.number(), host: z.string(), since: z.string() });

/**
 * Takes the lock of `dataDirectory`'s database until released, or until this process ends in whatever way.
 * @throws {LineupError} `data_directory_in_use`, saying who holds it
 */
export async function holdDirectory(dataDirectory: string): Promise<Release> {
  const note = join(dataDirectory, 'database.holder.json');
  const release = await onDisk(dataDirectory, () => tryLock(join(dataDirectory, 'database.lock')));
  if (!release) throw inUse(dataDirectory, await readHolder(note));
  // The note is only for people: the lock decides. One that a killed process left is overwritten here.
  const me = { pid: process.pid, host: hostname(), since: new Date().toISOString() };
  await onDisk(note, () => writeFile(note, JSON.stringify(me), { mode: 0o600 })).catch((error) => {
    release();
    throw error;
  });
  return () => {
    // First the note, so that it never speaks of a process that has let go.
    try {
      rmSync(note, { force: true });
    } finally {
      release();
    }
  };
}

async function readHolder(note: string): Promise<z.infer<typeof holder> | undefined> {
  const text = await readFile(note, 'utf8').catch(() => '');
  try {
    return holder.parse(JSON.parse(text));
  } catch {
    // Nobody has written it yet, or a crash left half of it: the lock is held all the same.
    return undefined;
  }
}

function inUse(dataDirectory: string, by: z.infer<typeof holder> | undefined): LineupError {
  const who = by ? `process ${by.pid} on ${by.host}, since ${by.since}` : 'another process';
  return new LineupError(
    'data_directory_in_use',
    `The database in ${dataDirectory} is in use by ${who}. Only one process at a time may open it: reach that one over its HTTP API, stop it, or use PostgreSQL (DATABASE_URL) to run several.`,
  );
}
