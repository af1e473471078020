/** Deletes uploads that nobody needs, whatever process died in between: the database says what is due, again and again. */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { system } from '../../contracts/people.ts';
import { PARTIAL, removeFile } from '../../readers/files/upload-storage.ts';
import { recordAudit } from '../../store/repositories/audit-log.ts';
import {
  eraseUpload,
  forgetUploads,
  lockUpload,
  recordRemoved,
  spentUploads,
  uploadsToRemove,
  withoutUpload,
} from '../../store/repositories/uploads.ts';
import type { UseCaseDeps } from '../deps.ts';

const DAY = 24 * 3_600_000;
/** A file that was uploaded and given to no job. */
const ORPHAN_MS = DAY;
/** A paused or failed job that nobody takes up again. */
const RESTING_MS = 7 * DAY;

/** At every look of the scheduler: what is spent becomes unreadable, then its file goes. */
export async function tidyUploads(deps: UseCaseDeps): Promise<void> {
  const { db, now } = deps;
  const limits = {
    unusedSince: new Date(now().getTime() - ORPHAN_MS),
    restingSince: new Date(now().getTime() - RESTING_MS),
  };
  for (const id of await spentUploads(db, limits)) {
    await db.transaction().execute(async (tx) => {
      // Under its lock once more: a job may have taken it meanwhile.
      await lockUpload(tx, id);
      if (!(await spentUploads(tx, limits)).includes(id)) return;
      await eraseUpload(tx, id, now());
      const entry = { action: 'upload.delete', subjectType: 'upload', subjectId: id, detail: {} };
      await recordAudit(tx, system, entry, now());
    });
  }
  await removeErased(deps);
}

/** What is left on the disk of deleted ones. */
export async function removeErased({ db, uploads: place }: UseCaseDeps): Promise<void> {
  for (const id of await uploadsToRemove(db)) {
    await removeFile(place, id);
    await recordRemoved(db, id);
  }
}

/** Now and then: files that no row speaks of (a process died while they came), and rows that no job speaks of. */
export async function sweepUploads({ db, now, uploads: { directory } }: UseCaseDeps): Promise<void> {
  await forgetUploads(db);
  const names = (await readdir(directory).catch(emptyIfMissing)).filter((name) =>
    /^upl_\w+(\.part)?$/.test(name),
  );
  const ids = new Set(names.map((name) => name.replace(PARTIAL, '')));
  const unknown = new Set(await withoutUpload(db, [...ids]));
  for (const name of names) {
    const path = join(directory, name);
    // One that is just coming has no row yet; one that has gone meanwhile is nobody's work.
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
