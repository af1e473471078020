import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { LineupError } from '../../contracts/errors.ts';

/** Runs `work` on `path`; a full disk or a refused access becomes a sentence about it. */
export async function onDisk<T>(path: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw diskError(path, error);
  }
}

/** Makes the directory that is to hold `path`, for this user alone. */
export function makeParent(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  } catch (error) {
    throw diskError(dirname(path), error);
  }
}

function diskError(path: string, error: unknown): unknown {
  switch ((error as NodeJS.ErrnoException)?.code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new LineupError(
        'disk_full',
        `The disk that holds ${path} is full. Free some space, or choose another place with LINEUP_DATA_DIR.`,
        { cause: error },
      );
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new LineupError(
        'invalid_configuration',
        `${path} cannot be written: access is refused. Choose another place with LINEUP_DATA_DIR, or give this user the right to write there.`,
        { cause: error },
      );
    case 'ENOTDIR':
    case 'EEXIST':
      return new LineupError(
        'invalid_configuration',
        `${path} cannot be used as a directory: a file is in the way. Choose another place with LINEUP_DATA_DIR.`,
        { cause: error },
      );
    default:
      return error;
  }
}
