/** Files as a source of the service: only those below the folders that an administrator has named. */
import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { LineupError } from '../../contracts/errors.ts';
import type { SourceAudience } from '../../contracts/sources.ts';
import { openFiles } from '../../sources/files/open.ts';
import type { SourceProvider } from './provider.ts';

const READABLE = /\.(csv|tsv|txt|ndjson|jsonl|json|parquet)(\.(gz|zst))?$/i;
/** Enough to choose from; who has more files names the one that is meant. */
const MOST = 10_000;
const DEPTH = 6;

/** @param roots the folders as the settings name them now */
export function fileSources(roots: () => Promise<readonly string[]>): SourceProvider {
  return {
    open: async (_, path, signal) => openFiles({ source: await allowed(path, await roots()), signal }),
    audiences: async (_, { limit, cursor, search }) => {
      const wanted = search?.toLowerCase() ?? '';
      const found = (await filesBelow(await roots())).filter(
        (path) => path.toLowerCase().includes(wanted) && path > (cursor ?? ''),
      );
      const shown = await Promise.all(found.slice(0, limit).map(describe));
      return {
        items: shown.flatMap((one) => one ?? []),
        next: found.length > limit ? (found[limit - 1] ?? null) : null,
      };
    },
    verify: async () => 'Files need no authorization.',
  };
}

/**
 * The file's real path: a link, or `..`, leads nowhere outside.
 * @throws {LineupError} `source_not_found`, also for a file that is there but not allowed: who may not read a folder does not
 *   learn what is in it
 */
async function allowed(path: string, roots: readonly string[]): Promise<string> {
  const real = isAbsolute(path) ? await realpath(path).catch(() => undefined) : undefined;
  for (const root of roots) {
    const realRoot = await realpath(root).catch(() => undefined);
    if (real && realRoot && isBelow(real, realRoot)) return real;
  }
  const where =
    roots.length === 0 ? 'No folder is' : `Only ${roots.join(', ')} ${roots.length === 1 ? 'is' : 'are'}`;
  throw new LineupError(
    'source_not_found',
    `There is no file ${path} that may be exported. ${where} open to exports: an administrator can change that in the settings.`,
  );
}

function isBelow(path: string, root: string): boolean {
  const way = relative(root, path);
  return way !== '' && !way.startsWith(`..${sep}`) && way !== '..' && !isAbsolute(way);
}

async function filesBelow(roots: readonly string[]): Promise<string[]> {
  const found = new Set<string>();
  const walk = async (directory: string, depth: number): Promise<void> => {
    // A folder that is gone, or closed to this process, has nothing to offer.
    const entries = await readdir(directory, { withFileTypes: true }).catch((): Dirent[] => []);
    for (const entry of entries) {
      if (found.size >= MOST || entry.name.startsWith('.')) continue;
      const path = join(directory, entry.name);
      if (entry.isDirectory() && depth < DEPTH) await walk(path, depth + 1);
      if (entry.isFile() && READABLE.test(entry.name)) found.add(path);
    }
  };
  for (const root of roots) await walk(root, 0);
  return [...found].sort();
}

async function describe(path: string): Promise<SourceAudience | undefined> {
  const stats = await stat(path).catch(() => undefined);
  return (
    stats && { id: path, name: path, description: '', size: null, updated_at: stats.mtime.toISOString() }
  );
}
