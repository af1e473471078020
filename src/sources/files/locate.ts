/** Resolves a path, a glob, a URL or `-` from the command line to locations that can be opened. */
import type { Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { LineupError } from '../../domain/errors/errors.ts';
import { type SheetOfFile, splitSheet } from '../../domain/files/file-names.ts';
import { nearest } from '../find-field.ts';
import { findPaths, isPattern } from './glob.ts';
import { type Location, nameOf, openAccess, type UrlAccess, unreadable } from './location.ts';

/**
 * One location, or several of a glob, sorted by name.
 * @param access decides which URLs may be read
 * @throws {LineupError} `source_not_found`, `source_unreadable`, `source_unsupported`
 */
export async function locate(
  source: string,
  access: UrlAccess = openAccess,
  signal?: AbortSignal,
): Promise<readonly [Location, ...Location[]]> {
  if (source === '-') return [{ kind: 'stdin', name: 'standard input' }];
  if (/^[a-z][a-z0-9+]*:\/\//i.test(source)) return [locateUrl(source, access)];
  // First, an existing file whose name contains `*` or `[`.
  const stats = await statOf(source);
  if (stats) return [locateFile(source, stats)];
  if (!isPattern(source)) throw await notFound(source);

  const files: Location[] = [];
  for (const path of await findPaths(source, { signal })) {
    const member = await statOf(path);
    if (member && !member.isDirectory()) files.push(locateFile(path, member));
  }
  const [first, ...others] = files;
  if (!first) throw new LineupError('source_not_found', `No file matches ${source}.`);
  return [first, ...others];
}

/** The path and the sheet that a source names. An existing file whose name contains `#` goes first. */
export async function sheetOf(source: string): Promise<SheetOfFile> {
  const split = splitSheet(source);
  return split.file === source || !(await statOf(source)) ? split : { file: source, sheet: undefined };
}

function locateFile(path: string, stats: Stats): Location {
  if (stats.isDirectory()) {
    throw new LineupError(
      'source_unreadable',
      `${path} is a directory. Name a file in it, or several files with a pattern such as "${path.replace(/\/$/, '')}/*.csv".`,
    );
  }
  if (stats.isFIFO()) return { kind: 'pipe', path, name: path };
  // A device has no size, so there is no progress.
  return { kind: 'file', path, name: path, size: stats.isFile() ? stats.size : undefined };
}

function locateUrl(source: string, access: UrlAccess): Location {
  const url = URL.parse(source);
  if (!url) throw new LineupError('invalid_argument', `The source is not a valid URL.`);
  access.admit(url);
  return { kind: 'url', url, name: nameOf(url), access };
}

async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return undefined;
    throw unreadable(path, cause);
  }
}

async function notFound(path: string): Promise<LineupError> {
  const siblings = await readdir(dirname(path)).catch(() => undefined);
  if (!siblings) {
    const problem = `${path} does not exist, and the folder ${dirname(path)} does not exist either.`;
    return new LineupError('source_not_found', problem);
  }
  const near = nearest(basename(path), siblings);
  const advice = near === undefined ? '' : ` Did you mean ${near}?`;
  return new LineupError('source_not_found', `${path} does not exist.${advice}`);
}
