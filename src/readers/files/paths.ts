/** Files on this machine: paths and globs, only below the open folders of the settings. */
import type { Stats } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { isAbsolute, normalize, relative } from 'node:path';
import type { SourceAudience } from '../../contracts/sources.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { splitSheet } from '../../domain/files/file-names.ts';
import { internalFact, joinSentences, sentence } from '../../domain/text/sentence.ts';
import { findPaths, isPattern } from '../../sources/files/glob.ts';
import type { Location } from '../../sources/files/location.ts';
import { openFiles } from '../../sources/files/open.ts';
import { DEPTH, type FileBelow, filesBelow, statsOf } from './files-below.ts';
import type { FileCollection } from './index.ts';
import { OpenFolders, READABLE_ENDINGS } from './open-folders.ts';

export interface PathsOptions {
  /** The folders in the settings. */
  readonly roots: readonly string[];
  /** Lineup's own folders, which stay closed. */
  readonly own: readonly string[];
}

export function pathsBelow({ roots, own }: PathsOptions): FileCollection {
  const now = () => OpenFolders.of(roots, own);
  return {
    has: isAbsolute,
    open: async (path, signal, options) => {
      const open = await now();
      const { file, sheet } = splitSheet(path);
      // First looks for a file whose own name contains `#`. The next line reports any error of the path.
      const whole = file === path ? undefined : await allowed(path, open, signal).catch(() => undefined);
      const paths = whole ?? (await allowed(file, open, signal));
      const locations = await Promise.all(paths.map((path) => locationOf(path, open)));
      return openFiles({
        ...options,
        source: whole ? path : file,
        locations,
        sheet: whole ? undefined : sheet,
        signal,
      });
    },
    list: async (signal) => {
      const open = await now();
      return (await filesBelow(open, signal)).map((file) => ({
        id: file.path,
        name: relative(file.folder, file.path),
        describe: () => describe(open, file),
      }));
    },
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
 * The real paths of a file, or of all matches of a glob, sorted by name. Links and `..` cannot lead out of the open
 * folders.
 * @throws {LineupError} `source_not_found`, also for an existing file that is not open, so that nobody learns the
 * content of closed
 *   folders; `source_unsupported` for a file in an open folder whose name is not that of a member file
 */
async function allowed(path: string, open: OpenFolders, signal: AbortSignal): Promise<readonly string[]> {
  // First looks for a file whose own name contains `*` or `[`.
  const real = await realFile(path);
  if (real && open.offers(real)) return [real];
  if (real && open.holds(real)) {
    throw new LineupError(
      'source_unsupported',
      sentence`${path} is not read. Its name must end with one of these: ${READABLE_ENDINGS}. Rename the file, or copy it to another name.`,
    );
  }
  const found = real || !isPattern(path) ? [] : await matching(path, open, signal);
  if (found.length > 0) return found;
  const names = open.folders.map(({ named }) => named);
  throw new LineupError(
    'source_not_found',
    joinSentences(
      sentence`There is no file ${path} that is open to exports.`,
      names.length === 0
        ? sentence`No folder is open to exports. An administrator can change this in the settings.`
        : sentence`Only these folders are open to exports: ${internalFact(names.join(', '), sentence`those that an administrator has chosen`)}. An administrator can change this in the settings.`,
    ),
  );
}

/** Searches only the open folders. */
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

/** The real path of a regular file; undefined for a folder, device, pipe or socket. */
async function realFile(path: string): Promise<string | undefined> {
  const real = await realpath(path).catch(() => undefined);
  const stats = real === undefined ? undefined : await stat(real).catch((): Stats | undefined => undefined);
  return stats?.isFile() ? real : undefined;
}

async function locationOf(path: string, open: OpenFolders): Promise<Location> {
  const { size } = await stat(path);
  // What is opened is checked again, because a user with write access to the folder could replace the file by a link
  // meanwhile. Hard links are no danger: on usual systems, only a user who may read and write a file can create one.
  return { kind: 'file', path, name: path, size, admits: (real) => open.offers(real) };
}

async function describe(open: OpenFolders, file: FileBelow): Promise<SourceAudience | undefined> {
  const { folder, path } = file;
  const stats = await statsOf(open, file);
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
