/** Files of the machine: paths and globs, only below the folders that an administrator has named. */
import type { Stats } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { isAbsolute, normalize, relative } from 'node:path';
import { LineupError } from '../../contracts/errors.ts';
import { splitSheet } from '../../contracts/file-names.ts';
import { inside as fact, sentence, together } from '../../contracts/sentence.ts';
import type { SourceAudience } from '../../contracts/sources.ts';
import { findPaths, isPattern } from '../../sources/files/glob.ts';
import type { Location } from '../../sources/files/location.ts';
import { openFiles } from '../../sources/files/open.ts';
import type { FileCollection } from './index.ts';
import { DEPTH, filesBelow, OpenFolders, READABLE_ENDINGS } from './open-folders.ts';

export interface PathsOptions {
  /** The folders as the settings name them. */
  readonly roots: readonly string[];
  /** Folders of Lineup, which stay closed. */
  readonly own: readonly string[];
}

export function pathsBelow({ roots, own }: PathsOptions): FileCollection {
  const now = () => OpenFolders.of(roots, own);
  return {
    has: isAbsolute,
    open: async (path, signal, options) => {
      const open = await now();
      const { file, sheet } = splitSheet(path);
      // A file whose name happens to hold `#` is meant itself; what is wrong with the path the next line finds as well.
      const whole = file === path ? undefined : await allowed(path, open, signal).catch(() => undefined);
      const paths = whole ?? (await allowed(file, open, signal));
      const locations = await Promise.all(paths.map((one) => locationOf(one, open)));
      return openFiles({
        ...options,
        source: whole ? path : file,
        locations,
        sheet: whole ? undefined : sheet,
        signal,
      });
    },
    list: async (signal) =>
      (await filesBelow(await now(), signal)).map(({ folder, path }) => ({
        id: path,
        name: relative(folder, path),
        describe: () => describe(folder, path),
      })),
    lists: async (id) => {
      const open = await now();
      const path = splitSheet(id).file;
      const straight = normalize(path) === path ? open.straight(path) : undefined;
      if (!straight || straight.depth > DEPTH || !open.offers(straight.real)) return false;
      return (await realpath(path).catch(() => undefined)) === straight.real;
    },
  };
}

/**
 * The real paths of a file, or of all that a glob matches in the order of their names: a link, or `..`, leads nowhere outside.
 * @throws {LineupError} `source_not_found`, also for a file that is there but not allowed: who may not read a folder does not
 *   learn what is in it; `source_unsupported` for one in an open folder that is not called as a file of members is
 */
async function allowed(path: string, open: OpenFolders, signal: AbortSignal): Promise<readonly string[]> {
  // A file whose name happens to hold `*` or `[` is meant itself.
  const real = await realFile(path);
  if (real && open.offers(real)) return [real];
  if (real && open.holds(real)) {
    throw new LineupError(
      'source_unsupported',
      sentence`${path} is not read: it is not called as files of members are (${READABLE_ENDINGS}). Rename it, or give a copy.`,
    );
  }
  const found = real || !isPattern(path) ? [] : await matching(path, open, signal);
  if (found.length > 0) return found;
  const names = open.folders.map(({ named }) => named);
  throw new LineupError(
    'source_not_found',
    together(
      sentence`There is no file ${path} that may be exported.`,
      names.length === 0
        ? sentence`No folder is open to exports: an administrator can change that in the settings.`
        : sentence`Open to exports are only these folders: ${fact(names.join(', '), sentence`those that an administrator has chosen`)}. An administrator can change that in the settings.`,
    ),
  );
}

/** Of the whole machine only the folders that are open are looked through. */
async function matching(pattern: string, open: OpenFolders, signal: AbortSignal): Promise<string[]> {
  const admits = async (directory: string) => {
    const real = await realpath(directory).catch(() => undefined);
    return real !== undefined && open.holds(real);
  };
  const found: string[] = [];
  for (const name of await findPaths(pattern, { admits, signal })) {
    const real = await realFile(name);
    if (real && open.offers(real)) found.push(real);
  }
  return found;
}

/** A regular file's path without links: no folder, device, pipe or socket. */
async function realFile(path: string): Promise<string | undefined> {
  const real = await realpath(path).catch(() => undefined);
  const stats = real === undefined ? undefined : await stat(real).catch((): Stats | undefined => undefined);
  return stats?.isFile() ? real : undefined;
}

async function locationOf(path: string, open: OpenFolders): Promise<Location> {
  const { size } = await stat(path);
  // Looked at once more when it is opened: whoever may write to the folder could have put a link in its place. A second name of
  // the same file (a hard link) is none of that: only who may read and write a file can give it one, as systems are set up.
  return { kind: 'file', path, name: path, size, admits: (real) => open.offers(real) };
}

async function describe(folder: string, path: string): Promise<SourceAudience | undefined> {
  const stats = await stat(path).catch(() => undefined);
  return (
    stats && {
      id: path,
      name: relative(folder, path),
      description: '',
      size: null,
      updated_at: stats.mtime.toISOString(),
      file: { folder, bytes: stats.size },
    }
  );
}
