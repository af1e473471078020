/** Files of the machine: paths and globs, only below the folders that an administrator has named. */
import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { LineupError } from '../../../contracts/errors.ts';
import { sentence, together } from '../../../contracts/sentence.ts';
import type { SourceAudience } from '../../../contracts/sources.ts';
import { findPaths, isPattern } from '../../../sources/files/glob.ts';
import { locate } from '../../../sources/files/location.ts';
import { openFiles } from '../../../sources/files/open.ts';
import type { FilePlace } from './place.ts';

const READABLE = /\.(csv|tsv|txt|ndjson|jsonl|json|parquet)(\.(gz|zst))?$/i;
/** Enough to choose from; who has more files names the one that is meant. */
const MOST = 10_000;
const DEPTH = 6;

/** @param roots the folders as the settings name them now */
export function pathsBelow(roots: () => Promise<readonly string[]>): FilePlace {
  return {
    has: isAbsolute,
    open: async (path, signal) => {
      const paths = await allowed(path, await roots(), signal);
      const locations = await Promise.all(paths.map((one) => locate(one)));
      return openFiles({ source: path, locations: locations.flat(), signal });
    },
    list: async () =>
      (await filesBelow(await roots())).map(({ folder, path }) => ({
        id: path,
        name: relative(folder, path),
        describe: () => describe(folder, path),
      })),
  };
}

/**
 * The real paths of a file, or of all that a glob matches in the order of their names: a link, or `..`, leads nowhere outside.
 * @throws {LineupError} `source_not_found`, also for a file that is there but not allowed: who may not read a folder does not
 *   learn what is in it
 */
async function allowed(
  path: string,
  roots: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const inside = await below(roots);
  // A file whose name happens to hold `*` or `[` is meant itself.
  const real = await realpath(path).catch(() => undefined);
  if (real && inside(real)) return [real];
  const found = real || !isPattern(path) ? [] : await matching(path, inside, signal);
  if (found.length > 0) return found;
  throw new LineupError(
    'source_not_found',
    together(
      sentence`There is no file ${path} that may be exported.`,
      roots.length === 0
        ? sentence`No folder is open to exports: an administrator can change that in the settings.`
        : sentence`Open to exports are only these folders: ${roots.join(', ')}. An administrator can change that in the settings.`,
    ),
  );
}

/** Whether a real path is one of the folders, or below one. */
async function below(roots: readonly string[]): Promise<(path: string) => boolean> {
  const real = await Promise.all(roots.map((root) => realpath(root).catch(() => undefined)));
  return (path) => real.some((root) => root !== undefined && isWithin(path, root));
}

function isWithin(path: string, root: string): boolean {
  const way = relative(root, path);
  return !way.startsWith(`..${sep}`) && way !== '..' && !isAbsolute(way);
}

/** Of the whole machine only the folders that are open are looked through. */
async function matching(
  pattern: string,
  inside: (path: string) => boolean,
  signal: AbortSignal,
): Promise<string[]> {
  const admits = async (directory: string) => {
    const real = await realpath(directory).catch(() => undefined);
    return real !== undefined && inside(real);
  };
  const found: string[] = [];
  for (const name of await findPaths(pattern, { admits, signal })) {
    const real = await realpath(name).catch(() => undefined);
    if (real && inside(real) && (await stat(real)).isFile()) found.push(real);
  }
  return found;
}

interface FileBelow {
  /** As the settings name it. */
  readonly folder: string;
  readonly path: string;
}

async function filesBelow(roots: readonly string[]): Promise<FileBelow[]> {
  const found = new Map<string, FileBelow>();
  const walk = async (folder: string, directory: string, depth: number): Promise<void> => {
    // A folder that is gone, or closed to this process, has nothing to offer.
    const entries = await readdir(directory, { withFileTypes: true }).catch((): Dirent[] => []);
    for (const entry of entries) {
      if (found.size >= MOST || entry.name.startsWith('.')) continue;
      const path = join(directory, entry.name);
      if (entry.isDirectory() && depth < DEPTH) await walk(folder, path, depth + 1);
      if (entry.isFile() && READABLE.test(entry.name)) found.set(path, { folder, path });
    }
  };
  for (const root of roots) await walk(root, root, 0);
  return [...found.values()].sort((one, other) => (one.path < other.path ? -1 : 1));
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
