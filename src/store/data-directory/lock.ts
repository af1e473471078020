/**
 * A lock between processes on one machine, as an open SQLite transaction. The kernel releases it when the holder
 * dies, also by SIGKILL. So no lock is ever stale, and none must be broken by a guess.
 */
import { DatabaseSync } from 'node:sqlite';
import type { Release } from '../../contracts/ports.ts';
import { diskError, makeParent, onDiskSync } from './file-errors.ts';

const SQLITE_BUSY = 5;

/**
 * Without a reference, the garbage collector would close the database of a lock that is still held, and so release it.
 */
const held = new Set<DatabaseSync>();

/** Takes the lock at `path`. Undefined when it is held, by this process or another one. */
export function tryLock(path: string): Release | undefined {
  makeParent(path);
  const database = onDiskSync(path, () => new DatabaseSync(path, { timeout: 0 }));
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return undefined;
    throw diskError(path, error);
  }
  held.add(database);
  return () => {
    if (held.delete(database)) database.close();
  };
}

/** Whether the lock at `path` is held. @param take how locks are taken */
export function isLocked(path: string, take: typeof tryLock = tryLock): boolean {
  const release = take(path);
  release?.();
  return release === undefined;
}
