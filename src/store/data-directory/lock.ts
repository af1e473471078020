/**
 * A lock between processes on one machine, held through an open SQLite transaction: the kernel gives it back when the
 * holder dies, also by SIGKILL, so no lock is ever stale and none is broken by guessing.
 */
import { DatabaseSync } from 'node:sqlite';
import type { Release } from '../../contracts/ports.ts';
import { diskError, makeParent, onDiskNow } from './file-errors.ts';

const SQLITE_BUSY = 5;

/** Takes the lock at `path`, or returns undefined when somebody (also in this process) holds it. */
export function tryLock(path: string): Release | undefined {
  makeParent(path);
  const database = onDiskNow(path, () => new DatabaseSync(path, { timeout: 0 }));
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return undefined;
    throw diskError(path, error);
  }
  let held = true;
  return () => {
    if (held) database.close();
    held = false;
  };
}

/** Whether somebody holds the lock at `path`. */
export function isLocked(path: string): boolean {
  const release = tryLock(path);
  release?.();
  return release === undefined;
}
