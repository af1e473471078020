/**
 * Deletes uploads that nobody needs. The database says what is due, so a process that died meanwhile changes nothing.
 */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { system } from '../../domain/people/people.ts';
import { PARTIAL, removeFile } from '../../readers/files/upload-storage.ts';
import { transaction } from '../../store/database/database.ts';
import { recordAudit } from '../../store/repositories/audit-log.ts';
import {
  eraseUpload,
  lockFile,
  purgeUploads,
  recordRemoved,
  unneededUploads,
  uploadsToRemove,
  withoutUpload,
} from '../../store/repositories/uploads.ts';
import type { UseCaseDeps } from '../deps.ts';

const DAY = 24 * 3_600_000;
/** How long to keep a file that no job uses. */
const ORPHAN_MS = DAY;
/** How long to keep the file of a paused or failed job. */
const RESTING_MS = 7 * DAY;

/** Deletes unneeded uploads: first the key, which makes the file unreadable, then the file. */
export async function tidyUploads(deps: UseCaseDeps): Promise<void> {
  const { db, now } = deps;
  const limits = {
    unusedSince: new Date(now().getTime() - ORPHAN_MS),
    restingSince: new Date(now().getTime() - RESTING_MS),
  };
  for (const id of await unneededUploads(db, limits)) {
    await transaction(db, async (tx) => {
      // Checks again under the lock, because a job may have reserved it meanwhile.
      await lockFile(tx, id);
      if (!(await unneededUploads(tx, limits)).includes(id)) return;
      await eraseUpload(tx, id, now());
      const entry = { action: 'upload.delete', subjectType: 'upload', subjectId: id, detail: {} };
      await recordAudit(tx, system, entry, now());
    });
  }
  await removeErased(deps);
}

/** Removes the files of deleted uploads. */
export async function removeErased({ db, uploads: place }: UseCaseDeps): Promise<void> {
  for (const id of await uploadsToRemove(db)) {
    await removeFile(place, id);
    await recordRemoved(db, id);
  }
}

/** Removes files without a row (a process died while it received them), and rows without a job. */
export async function sweepUploads({ db, now, uploads: { directory } }: UseCaseDeps): Promise<void> {
  await purgeUploads(db);
  const names = (await readdir(directory).catch(emptyIfMissing)).filter((name) => /^upl_\w+(\.part)?$/.test(name));
  const ids = new Set(names.map((name) => name.replace(PARTIAL, '')));
  const unknown = new Set(await withoutUpload(db, [...ids]));
  for (const name of names) {
    const path = join(directory, name);
    // A file that is being received has no row yet. A file that is already gone needs no work.
    const { mtime } = await stat(path).catch(() => ({ mtime: now() }));
    if (now().getTime() - mtime.getTime() < DAY) continue;
    if (name.endsWith(PARTIAL) || unknown.has(name)) await rm(path, { force: true });
  }
}

/** For `readdir`: a missing directory counts as empty. */
export function emptyIfMissing(error: NodeJS.ErrnoException): string[] {
  if (error.code === 'ENOENT') return [];
  throw error;
}
