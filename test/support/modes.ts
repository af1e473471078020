/** Who else could do something with what a command or the service has written. */
import { chmodSync, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';

/** A shell that takes no right from anybody. */
export const openShell: readonly string[] = ['sh', '-c', 'umask 000; exec "$@"', 'sh'];

export function openDirectory(path: string, mode: number): void {
  mkdirSync(path, { recursive: true });
  chmodSync(path, mode);
}

/** What group and others could do something with, by path and mode. */
export function openToOthers(directory: string): string[] {
  const names = ['', ...readdirSync(directory, { recursive: true, encoding: 'utf8' })];
  expect(names.length).toBeGreaterThan(3);
  return names.flatMap((name) => {
    // A file that is gone by now is open to nobody.
    const mode = lstatSync(join(directory, name), { throwIfNoEntry: false })?.mode ?? 0;
    return (mode & 0o077) === 0 ? [] : [`${name} ${(mode & 0o777).toString(8)}`];
  });
}
