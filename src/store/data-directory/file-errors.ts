/** Errors of files as sentences for the operator. */
import { closeSync, fsyncSync, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { LineupError } from '../../domain/errors/errors.ts';
import { makeDirectorySync } from '../../machine/make-directory.ts';

/** Runs `work` on `path`. Errors such as a full disk become sentences about `path`. */
export async function onDisk<T>(path: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw diskError(path, error);
  }
}

/** The synchronous form of `onDisk`. */
export function onDiskSync<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw diskError(path, error);
  }
}

/** Makes the parent directory of `path`, for this user alone. A new data directory survives a power cut. */
export function makeParent(path: string): void {
  onDiskSync(dirname(path), () => {
    const made = makeDirectorySync(dirname(path));
    if (made === undefined) return;
    for (let at = resolve(dirname(path)); at.length >= resolve(made).length; at = dirname(at)) {
      const parent = openSync(dirname(at), 'r');
      fsyncSync(parent);
      closeSync(parent);
    }
  });
}

/** System codes for SQLite's primary result codes. Those are the lowest byte of the extended codes. */
const codesOfSqlite: Readonly<Record<number, string>> = {
  8: 'EROFS',
  10: 'EIO',
  11: 'DAMAGED',
  13: 'ENOSPC',
  14: 'EACCES',
  26: 'DAMAGED',
};

function codeOf(error: unknown): string | undefined {
  const { code, errcode } = error as { code?: string; errcode?: number };
  return errcode === undefined ? code : codesOfSqlite[errcode & 0xff];
}

/** The sentence for an error of `path`. Returns other errors unchanged. */
export function diskError(path: string, error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  switch (codeOf(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return new LineupError(
        'disk_full',
        `The disk with ${path} is full. Free some space, or choose another directory with LINEUP_DATA_DIR.`,
        { cause: error },
      );
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new LineupError(
        'invalid_configuration',
        `${path} cannot be written: access is denied, or the disk is read-only. Choose another directory with LINEUP_DATA_DIR, or give this user write permission.`,
        { cause: error },
      );
    case 'ENOTDIR':
    case 'EEXIST':
      return new LineupError(
        'invalid_configuration',
        `${path} cannot be used as a directory, because a file with this name exists. Choose another directory with LINEUP_DATA_DIR.`,
        { cause: error },
      );
    case 'EIO':
      return new LineupError(
        'storage_failed',
        `${path} could not be read or written: the disk is full or has an error. Choose another directory with LINEUP_DATA_DIR.`,
        { cause: error },
      );
    case 'DAMAGED':
      return new LineupError(
        'storage_failed',
        `${path} is damaged. Delete it and try again. Lineup creates its content again.`,
        { cause: error },
      );
    default:
      return error;
  }
}
