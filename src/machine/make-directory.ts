/** Directories with their parents, for this user alone. */
import { mkdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

const options = { recursive: true, mode: 0o700 } as const;

/** @returns the first directory that it made */
export async function makeDirectory(path: string): Promise<string | undefined> {
  return mkdir(path, options).catch((error: unknown) => {
    throw reasonOf(path, error);
  });
}

/** The synchronous form. */
export function makeDirectorySync(path: string): string | undefined {
  try {
    return mkdirSync(path, options);
  } catch (error) {
    throw reasonOf(path, error);
  }
}

/**
 * Node.js says ENOENT when it makes parents on a disk that is read-only. To make only the first one that is missing
 * says the reason.
 */
function reasonOf(path: string, error: unknown): unknown {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return error;
  for (let at = resolve(path); at !== dirname(at); at = dirname(at)) {
    try {
      mkdirSync(at, options.mode);
      return error;
    } catch (reason) {
      if ((reason as NodeJS.ErrnoException).code !== 'ENOENT') return reason;
    }
  }
  return error;
}
