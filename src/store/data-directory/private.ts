/**
 * Keeps what Lineup writes from the other users of a machine, as PostgreSQL does: directories 0700, files 0600. New ones are made
 * so (see also the umask in src/cli/main.ts, for files that libraries make); what was there before is closed here.
 */
import { chmodSync, lstatSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { LineupError } from '../../contracts/errors.ts';

/** What group and others may. */
const OTHERS = 0o077;
/** Of this one the owner is told instead (src/store/secrets/secret-keys.ts): what others could read is a secret no more. */
const KEY_FILE = 'secret.key';

export interface PrivacyOptions {
  /** Told what was changed. */
  readonly note: (what: string) => void;
  /** @default this process's; undefined on systems that know none */
  readonly user?: number | undefined;
  readonly chmod?: (path: string, mode: number) => void;
}

/**
 * Makes sure that nobody else can enter a directory, if it is there: it is closed, with all that is in it, and that is told.
 * @throws {LineupError} `invalid_configuration` where that cannot be done
 */
export function keepPrivate(directory: string, options: PrivacyOptions): void {
  const { note, user = process.getuid?.(), chmod = chmodSync } = options;
  const found = statSync(directory, { throwIfNoEntry: false });
  if (user === undefined || !found?.isDirectory()) return;
  // Whoever owns a directory can exchange what is in it. Only the superuser is above that.
  if (found.uid !== user && user !== 0) {
    throw unusable(
      `${directory} belongs to another user of this machine, who could change what is in it. Choose a directory of your own, which may lie in it`,
    );
  }
  if ((found.mode & OTHERS) === 0) return;
  try {
    closeAll(directory, found.mode, chmod);
  } catch (error) {
    const { code, path = directory } = error as NodeJS.ErrnoException;
    throw unusable(
      `${path} is open to other users of this machine, and cannot be closed to them (${code}). Run: chmod -R go= ${directory}. Or choose another directory`,
      error,
    );
  }
  if ((statSync(directory).mode & OTHERS) !== 0) {
    throw unusable(
      `${directory} is open to other users of this machine, for its file system keeps no rights. Choose a directory on another one`,
    );
  }
  note(
    `${directory} was open to other users of this machine (mode ${(found.mode & 0o777).toString(8).padStart(4, '0')}). It is closed to them now, with all that is in it.`,
  );
}

/** The directory itself first: from then on nobody comes to what is in it. */
function closeAll(path: string, mode: number, chmod: (path: string, mode: number) => void): void {
  if ((mode & OTHERS) !== 0) chmod(path, mode & 0o700);
  for (const entry of entriesOf(path)) {
    const inner = join(path, entry);
    const stats = lstatSync(inner, { throwIfNoEntry: false });
    if (stats?.isDirectory()) closeAll(inner, stats.mode, chmod);
    else if (stats?.isFile() && (stats.mode & OTHERS) !== 0 && entry !== KEY_FILE) {
      chmod(inner, stats.mode & 0o700);
    }
  }
}

/** A directory that this process cannot read is not one of Lineup's. */
function entriesOf(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

const unusable = (what: string, cause?: unknown): LineupError =>
  new LineupError('invalid_configuration', `${what} (LINEUP_DATA_DIR, LINEUP_UPLOADS_DIR).`, { cause });
