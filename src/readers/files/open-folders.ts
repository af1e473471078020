/**
 * Which files of this machine an export may read: the folders that an administrator opened, without the closed ones.
 * All paths are real paths, without links.
 */

import { realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { type Sentence, sentence } from '../../domain/text/sentence.ts';

/**
 * Names of member files: by extension, or the names that clusters give to parts of a table (`part-00000`,
 * `0000_part_00`). Other files are not read: folders also contain keys, passwords and settings, which would look like
 * tables of one column.
 */
const READABLE =
  /(?:\.(?:csv|tsv|tab|txt|lst|list|dat|ndjson|jsonl|json|parquet|parq|xls[xm])|^part-[\w-]+|^\d+_part_\d+)(?:\.(?:gz|gzip|zst|zstd))?$/i;

/** The same, in messages. */
export const READABLE_ENDINGS = '.csv, .tsv, .txt, .dat, .ndjson, .jsonl, .json, .parquet, .xlsx; also .gz, .zst';

export interface OpenFolder {
  /** The path in the settings. */
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
   * @param roots the folders in the settings
   * @param own Lineup's own folders, which stay closed
   */
  static async of(roots: readonly string[], own: readonly string[]): Promise<OpenFolders> {
    const folders = await Promise.all(roots.map(async (named) => ({ named, real: await realPathOf(named) })));
    return new OpenFolders(folders, await closedPlaces(own));
  }

  /** Whether a path is an open folder or inside one, and neither closed nor hidden. */
  holds(path: string): boolean {
    if (this.#closed.some((place) => isWithin(path, place))) return false;
    return this.folders.some(({ real }) => isWithin(path, real) && !isHidden(relative(real, path)));
  }

  /** Whether a path is open, and its name is that of a member file. */
  offers(path: string): boolean {
    return this.holds(path) && READABLE.test(basename(path));
  }

  /**
   * The real path of a path below a folder of the settings, if it contained no links; undefined outside of the folders.
   */
  straight(path: string): { readonly real: string; readonly depth: number } | undefined {
    return this.folders
      .filter(({ named }) => isWithin(path, named))
      .map(({ named, real }) => {
        const relativePath = relative(named, path);
        return { real: join(real, relativePath), depth: relativePath.split(sep).length - 1 };
      })
      .sort((first, other) => first.depth - other.depth)[0];
  }
}

/** The settings may open a hidden folder. Hidden files and folders inside an open folder stay closed. */
const isHidden = (relativePath: string): boolean =>
  relativePath.split(sep).some((part) => part.startsWith('.') && part !== '.');

/** Always closed: these hold no member files, but `/run` holds sockets and secrets. */
const SYSTEM_FOLDERS = ['/proc', '/dev', '/sys', '/run'];

/** Folders that usually contain much more than exports. */
const BROAD =
  /^\/(?:(?:bin|boot|etc|lib|lib64|home|opt|private|root|sbin|tmp|usr|var|Users|Library|System)?|(?:home|Users)\/[^/]+)$/;

/** The folders that stay closed whatever the settings say. @param own Lineup's own folders: data, uploads */
export const closedPlaces = async (own: readonly string[]): Promise<readonly string[]> =>
  Promise.all([...SYSTEM_FOLDERS, ...own].map(realPathOf));

/** A path without links. Of a missing path, only the existing part is resolved. */
export async function realPathOf(path: string): Promise<string> {
  const whole = resolve(path);
  // A missing path has no real path, but its parent folder may have one.
  const real = await realpath(whole).catch(() => undefined);
  if (real !== undefined || dirname(whole) === whole) return real ?? whole;
  return join(await realPathOf(dirname(whole)), basename(whole));
}

/** Whether a path is the folder or below it. Both must be real paths. */
export function isWithin(path: string, folder: string): boolean {
  const relativePath = relative(folder, path);
  return !relativePath.startsWith(`..${sep}`) && relativePath !== '..' && !isAbsolute(relativePath);
}

/** Why the settings may not open a folder; undefined when they may. */
export async function refusalOf(root: string, own: readonly string[]): Promise<Sentence | undefined> {
  const real = await realPathOf(root);
  if (!(await closedPlaces(own)).some((place) => isWithin(real, place))) return undefined;
  return sentence`${root} cannot be opened to exports. It is in a folder of the system or of Lineup (${SYSTEM_FOLDERS.join(', ')}, the data directory, the uploads). Choose another folder.`;
}

/** Warnings for administrators about an open folder. */
export async function warningsOf(root: string, own: readonly string[]): Promise<Sentence[]> {
  const real = await realPathOf(root);
  const found: Sentence[] = [];
  if (BROAD.test(real) || real === (await realPathOf(homedir()))) {
    found.push(
      sentence`${root} holds much more than exports, and every editor of jobs could read its files. Open a folder that holds only exports.`,
    );
  }
  for (const place of await Promise.all(own.map(realPathOf))) {
    if (!isWithin(place, real)) continue;
    found.push(sentence`${root} contains ${place}, which belongs to Lineup. That part stays closed.`);
  }
  return found;
}
