/**
 * The list of the files that are open to exports. No link can lead out of the open folders, not even one made
 * meanwhile.
 */
import { constants, type Stats } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { openInPlace, pathTo } from '../../sources/files/location.ts';
import type { OpenFolders } from './open-folders.ts';

/** The maximum length of the list. A person can still enter the path of any other open file. */
const MAX_FILES = 10_000;
/** How many folder entries are read for the list. */
const MAX_ENTRIES = 100_000;
/** How many folder levels below an open folder are read. */
export const DEPTH = 6;

export interface FileBelow {
  /** The path in the settings. */
  readonly folder: string;
  readonly path: string;
  readonly real: string;
}

/** The files that a person can choose from, sorted by path. Does not follow links. */
export async function filesBelow(open: OpenFolders, signal: AbortSignal): Promise<FileBelow[]> {
  const found = new Map<string, FileBelow>();
  let entries = 0;
  const walk = (folder: string, directory: string, real: string, depth: number): Promise<void> =>
    inFolder(open, real, async (at) => {
      for await (const entry of await opendir(at)) {
        signal.throwIfAborted();
        entries += 1;
        if (found.size >= MAX_FILES || entries > MAX_ENTRIES) return;
        const [path, realPath] = [join(directory, entry.name), join(real, entry.name)];
        if (entry.isDirectory() && depth < DEPTH) await walk(folder, path, realPath, depth + 1);
        if (entry.isFile() && open.offers(realPath)) found.set(path, { folder, path, real: realPath });
      }
    });
  for (const { named, real } of open.folders) await walk(named, named, real, 0);
  return [...found.values()].sort((first, other) => (first.path < other.path ? -1 : 1));
}

/** Of a file for the list; undefined when it is gone, or no regular file any more. */
export const statsOf = (open: OpenFolders, { real }: FileBelow): Promise<Stats | undefined> =>
  inFolder(open, dirname(real), async (at) => {
    const stats = await lstat(join(at, basename(real))).catch(() => undefined);
    return stats?.isFile() ? stats : undefined;
  });

/**
 * Runs `work` with a path that leads to the folder itself, also when a link has replaced it. Gives undefined for a
 * folder that is gone, closed or not readable.
 */
async function inFolder<T>(open: OpenFolders, real: string, work: (at: string) => Promise<T>): Promise<T | undefined> {
  const opening = openInPlace(real, (place) => open.holds(place), constants.O_DIRECTORY);
  const folder = await opening.catch(() => undefined);
  try {
    return folder && (await work(pathTo(folder, real)));
  } finally {
    await folder?.close();
  }
}
