/**
 * Which files of this machine an export may read: the folders that an administrator opened, without the closed ones. All paths are
 * real paths, without links.
 */

import type { Dirent } from 'node:fs';
import { opendir, realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { type Sentence, sentence } from '../../contracts/sentence.ts';

/**
 * Names of files of members: by their endings, or as clusters name the parts of a table (`part-00000`, `0000_part_00`). Others are
 * not read: keys, passwords and settings lie about in folders, too, and would pass for tables of one column.
 */
const READABLE =
  /(?:\.(?:csv|tsv|tab|txt|lst|list|dat|ndjson|jsonl|json|parquet|parq|xls[xm])|^part-[\w-]+|^\d+_part_\d+)(?:\.(?:gz|gzip|zst|zstd))?$/i;

/** As a person is told. */
export const READABLE_ENDINGS =
  '.csv, .tsv, .txt, .dat, .ndjson, .jsonl, .json, .parquet, .xlsx; also .gz, .zst';

export interface OpenFolder {
  /** As the settings name it. */
  readonly named: string;
  readonly real: string;
}

export class OpenFolders {
  readonly folders: readonly OpenFolder[];
  readonly #closed: readonly string[];

  private constructor(folders: readonly OpenFolder[], closed: readonly string[]) {
    this.folders = folders;
    this.#closed = closed;
  }

  /**
   * @param roots as the settings name them
   * @param own folders of Lineup, which stay closed
   */
  static async of(roots: readonly string[], own: readonly string[]): Promise<OpenFolders> {
    const folders = await Promise.all(roots.map(async (named) => ({ named, real: await realPathOf(named) })));
    return new OpenFolders(folders, await closedPlaces(own));
  }

  /** Whether it is an open folder, or lies in one, and is neither closed nor hidden. */
  holds(path: string): boolean {
    if (this.#closed.some((place) => isWithin(path, place))) return false;
    return this.folders.some(({ real }) => isWithin(path, real) && !isHidden(relative(real, path)));
  }

  /** Whether it is held, and called as a file of members is. */
  offers(path: string): boolean {
    return this.holds(path) && READABLE.test(basename(path));
  }

  /** Where a path, as the settings begin it, would lie if there were no link on its way: undefined outside of the folders. */
  straight(path: string): { readonly real: string; readonly depth: number } | undefined {
    return this.folders
      .filter(({ named }) => isWithin(path, named))
      .map(({ named, real }) => {
        const way = relative(named, path);
        return { real: join(real, way), depth: way.split(sep).length - 1 };
      })
      .sort((one, other) => one.depth - other.depth)[0];
  }
}

/** A folder that is hidden may be opened by its name; what is hidden in one may not. */
const isHidden = (way: string): boolean =>
  way.split(sep).some((part) => part.startsWith('.') && part !== '.');

/** Always closed: these hold no member files, but `/run` holds sockets and secrets. */
const SYSTEM_FOLDERS = ['/proc', '/dev', '/sys', '/run'];

/** Folders that hold much besides exports. */
const BROAD =
  /^\/(?:(?:bin|boot|etc|lib|lib64|home|opt|private|root|sbin|tmp|usr|var|Users|Library|System)?|(?:home|Users)\/[^/]+)$/;

/** @param own folders of Lineup: data, uploads */
export const closedPlaces = async (own: readonly string[]): Promise<readonly string[]> =>
  Promise.all([...SYSTEM_FOLDERS, ...own].map(realPathOf));

/** A path without links. Of what is not there yet, its beginning that is. */
export async function realPathOf(path: string): Promise<string> {
  const whole = resolve(path);
  // What is not there has no real path of its own, but the folder above it may.
  const real = await realpath(whole).catch(() => undefined);
  if (real !== undefined || dirname(whole) === whole) return real ?? whole;
  return join(await realPathOf(dirname(whole)), basename(whole));
}

/** Whether a path is the folder, or below it; both without links. */
export function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return !way.startsWith(`..${sep}`) && way !== '..' && !isAbsolute(way);
}

/** Why a folder cannot be opened to exports; undefined when it can. */
export async function refusalOf(root: string, own: readonly string[]): Promise<Sentence | undefined> {
  const real = await realPathOf(root);
  if (!(await closedPlaces(own)).some((place) => isWithin(real, place))) return undefined;
  return sentence`${root} cannot be opened to exports: it is, or lies in, a folder of the system or of Lineup itself (${SYSTEM_FOLDERS.join(', ')}, the data directory, the uploads).`;
}

/** What an administrator should know of a folder that is open. */
export async function warningsOf(root: string, own: readonly string[]): Promise<Sentence[]> {
  const real = await realPathOf(root);
  const found: Sentence[] = [];
  if (BROAD.test(real) || real === (await realPathOf(homedir()))) {
    found.push(
      sentence`${root} holds much more than exports: whoever edits jobs can read the tables in all of it. Open a folder that holds exports alone.`,
    );
  }
  for (const place of await Promise.all(own.map(realPathOf))) {
    if (!isWithin(place, real)) continue;
    found.push(sentence`${root} contains ${place}, which is Lineup’s own. That stays closed.`);
  }
  return found;
}

/** Enough to choose from; who has more files names the one that is meant. */
const MAX_FILES = 10_000;
/** Entries of folders that are looked at for it. */
const MAX_ENTRIES = 100_000;
/** Folders between a file and the one that is open. */
export const DEPTH = 6;

export interface FileBelow {
  /** As the settings name it. */
  readonly folder: string;
  readonly path: string;
}

/** The files that a person can choose from, sorted by path. Does not follow links. */
export async function filesBelow(open: OpenFolders, signal: AbortSignal): Promise<FileBelow[]> {
  const found = new Map<string, FileBelow>();
  let entries = 0;
  const walk = async (folder: string, directory: string, real: string, depth: number): Promise<void> => {
    if (!open.holds(real)) return;
    for await (const entry of entriesOf(directory)) {
      signal.throwIfAborted();
      entries += 1;
      if (found.size >= MAX_FILES || entries > MAX_ENTRIES) return;
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
