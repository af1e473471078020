/** The files that are offered to choose from: those below the open folders, as far as a person would look. */
import type { Dirent } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import type { OpenFolders } from './open-folders.ts';

/** Enough to choose from; who has more files names the one that is meant. */
const MOST = 10_000;
/** Entries of folders that are looked at for it. */
const MOST_ENTRIES = 100_000;
/** Folders between a file and the one that is open. */
export const DEPTH = 6;

export interface FileBelow {
  /** As the settings name it. */
  readonly folder: string;
  readonly path: string;
}

/** In the order of their paths. Links are not followed. */
export async function filesBelow(open: OpenFolders, signal: AbortSignal): Promise<FileBelow[]> {
  const found = new Map<string, FileBelow>();
  let entries = 0;
  const walk = async (folder: string, directory: string, real: string, depth: number): Promise<void> => {
    if (!open.holds(real)) return;
    for await (const entry of entriesOf(directory)) {
      signal.throwIfAborted();
      entries += 1;
      if (found.size >= MOST || entries > MOST_ENTRIES) return;
      const [path, realPath] = [join(directory, entry.name), join(real, entry.name)];
      if (entry.isDirectory() && depth < DEPTH) await walk(folder, path, realPath, depth + 1);
      if (entry.isFile() && open.offers(realPath)) found.set(path, { folder, path });
    }
  };
  for (const { named, real } of open.folders) await walk(named, named, real, 0);
  return [...found.values()].sort((one, other) => (one.path < other.path ? -1 : 1));
}

/** A folder that is gone, or closed to this process, has nothing to offer. */
async function* entriesOf(directory: string): AsyncGenerator<Dirent, void> {
  const opened = await opendir(directory).catch(() => undefined);
  if (opened) yield* opened;
}
