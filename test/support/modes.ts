/** Finds files of a command or the service that other users could read or change. */
import { chmodSync, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';

/** A shell with a umask that removes no permission. */
export const openShell: readonly string[] = ['sh', '-c', 'umask 000; exec "$@"', 'sh'];

/** Does something in this process with such a umask. */
export async function openly<T>(work: () => Promise<T>): Promise<T> {
  const before = process.umask(0);
  try {
    return await work();
  } finally {
    process.umask(before);
  }
}

export function openDirectory(path: string, mode: number): void {
  mkdirSync(path, { recursive: true });
  chmodSync(path, mode);
}

/** The paths that the group or others have rights on, with their modes. */
export function openToOthers(directory: string): string[] {
  const names = ['', ...readdirSync(directory, { recursive: true, encoding: 'utf8' })];
  expect(names.length).toBeGreaterThan(3);
  return names.flatMap((name) => {
    // A file that is gone by now is open to nobody.
    const mode = lstatSync(join(directory, name), { throwIfNoEntry: false })?.mode ?? 0;
    return (mode & 0o077) === 0 ? [] : [`${name} ${(mode & 0o777).toString(8)}`];
  });
}
