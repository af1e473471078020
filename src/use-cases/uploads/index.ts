/** Use cases of uploads: files that people send through the API to export them. */
import { LineupError } from '../../contracts/errors.ts';
import { sentence } from '../../contracts/sentence.ts';
import type { Upload } from '../../contracts/uploads.ts';
import type { Uploads } from '../../contracts/use-cases.ts';
import { removeFile } from '../../readers/files/upload-storage.ts';
import { newId, type Tx } from '../../store/database/database.ts';
import { recordAudit } from '../../store/repositories/audit-log.ts';
import { getJob } from '../../store/repositories/jobs.ts';
import {
  assertUnused,
  createUpload,
  eraseUpload,
  getUpload,
  listUploads,
  lockUpload,
  setUploadPolicy,
} from '../../store/repositories/uploads.ts';
import { auditEntries, changesBetween } from '../audit-entries.ts';
import type { UseCaseDeps } from '../deps.ts';
import { receive } from './receive.ts';
import { removeErased } from './tidy.ts';

export function uploadUseCases(deps: UseCaseDeps): Uploads {
  const { db, box, now, uploads: place } = deps;
  return {
    maxBytes: place.maxBytes,
    list: () => listUploads(db),
    get: (id) => getUpload(db, id),
    create: async ({ name, policy }, content, actor, signal) => {
      const id = newId('upl');
      const received = await receive(place, id, content);
      try {
        const format = await deps.sources.examine({ id, name, ...received }, signal);
        await db.transaction().execute(async (tx) => {
          await createUpload(tx, box, { id, name, policy, format, ...received }, actor, now());
          // Without the file name: it may be personal, and the log is kept for years.
          await recordAudit(tx, actor, audit('create', id, { bytes: received.bytes, format, policy }), now());
        });
        return await getUpload(db, id);
      } catch (error) {
        // The file has become unreadable, because its key was not saved.
        await removeFile(place, id);
        throw error;
      }
    },
    change: (id, policy, actor) =>
      db.transaction().execute(async (tx) => {
        const upload = await lockUpload(tx, id);
        if (policy === 'delete_after_run') await assertNotScheduled(tx, upload);
        await setUploadPolicy(tx, id, policy);
        await recordAudit(
          tx,
          actor,
          audit('change', id, { changes: changesBetween(upload, { policy }) }),
          now(),
        );
        return getUpload(tx, id);
      }),
    delete: async (id, actor) => {
      await db.transaction().execute(async (tx) => {
        const upload = await lockUpload(tx, id);
        assertUnused(upload);
        if (upload.deleted_at !== null) return;
        await eraseUpload(tx, id, now());
        await recordAudit(tx, actor, audit('delete', id, {}), now());
      });
      await removeErased(deps);
    },
  };
}

const audit = auditEntries('upload');

async function assertNotScheduled(tx: Tx, { used_by }: Upload): Promise<void> {
  for (const { id, name } of used_by) {
    const { configuration } = await getJob(tx, id);
    if (!configuration.continuous_update) continue;
    throw new LineupError(
      'upload_in_use',
      sentence`The job "${name}" is kept updated: it reads this file again at every run, so the file must be kept.`,
    );
  }
}
