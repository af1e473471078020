/**
 * Protects Lineup's files from the other users of the machine, as PostgreSQL does: directories have mode 0700, files
 * 0600. New ones are created with these modes (the umask in src/cli/main.ts is for files of libraries). This file
 * corrects existing ones.
 */
import { chmodSync, lstatSync, readdirSync, statSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LineupError } from '../../domain/errors/errors.ts';

/** The mode bits of the group and of others. */
export const OTHERS = 0o077;
/** Not corrected but refused (src/store/secrets/secret-keys.ts), because others may have read the key already. */
const KEY_FILE = /^secret\.key(\.[0-9a-f]{8})?$/;

export interface PrivacyOptions {
  /** Called with a sentence about each change. */
  readonly note: (what: string) => void;
  /** @default the user of this process; undefined on systems without user ids */
  readonly user?: number | undefined;
  readonly chmod?: (path: string, mode: number) => void;
}

/**
 * Makes sure that no other user can enter an existing directory: closes it and its content, and reports that.
 * @throws {LineupError} `invalid_configuration` when that is not possible
 */
export function keepPrivate(directory: string, options: PrivacyOptions): void {
  const { note, user = process.getuid?.(), chmod = chmodSync } = options;
  const found = statSync(directory, { throwIfNoEntry: false });
  if (user === undefined || !found?.isDirectory()) return;
  // The owner of a directory can exchange its content. Only the superuser may use it anyway.
  if (found.uid !== user && user !== 0) {
    throw unusable(
      `${directory} belongs to another user of this machine, who could change its content. Choose a directory that you own. It may be inside this one`,
    );
  }
  if ((found.mode & OTHERS) === 0) return;
  try {
    closeAll(directory, found.mode, chmod);
  } catch (error) {
    const { code, path = directory } = error as NodeJS.ErrnoException;
    throw unusable(
      `Other users of this machine can open ${path}, and its permissions cannot be changed (${code}). Run: chmod -R go= ${directory}. Or choose another directory`,
      error,
    );
  }
  if ((statSync(directory).mode & OTHERS) !== 0) {
    throw unusable(
      `Other users of this machine can open ${directory}, because its file system has no permissions. Choose a directory on another file system`,
    );
  }
  note(
    `Other users of this machine could open ${directory} (mode ${(found.mode & 0o777).toString(8).padStart(4, '0')}). Lineup has removed their access to it and its content.`,
  );
}

/** The directory itself is first, because then nobody can reach its content. */
function closeAll(path: string, mode: number, chmod: (path: string, mode: number) => void): void {
  if ((mode & OTHERS) !== 0) chmod(path, mode & 0o700);
  for (const entry of entriesOf(path)) {
    const inner = join(path, entry);
    const stats = lstatSync(inner, { throwIfNoEntry: false });
    if (stats?.isDirectory()) closeAll(inner, stats.mode, chmod);
    else if (stats?.isFile() && (stats.mode & OTHERS) !== 0 && !KEY_FILE.test(entry)) {
      chmod(inner, stats.mode & 0o700);
    }
  }
}

/** A directory that this process cannot read was not made by Lineup. */
function entriesOf(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

const unusable = (problem: string, cause?: unknown): LineupError =>
  new LineupError('invalid_configuration', `${problem} (LINEUP_DATA_DIR, LINEUP_UPLOADS_DIR).`, { cause });

/** Writes a new file. A link at its place is not followed. */
export async function writeNew(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Writes or replaces a file as a whole. Only one process may do so at a time. */
export async function replaceFile(path: string, text: string): Promise<void> {
  // A crash may have left one. What somebody else has put there is not opened.
  await rm(`${path}.new`, { force: true });
  await writeNew(`${path}.new`, text);
  await rename(`${path}.new`, path);
}
