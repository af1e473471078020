/**
 * Use cases of uploads: files that people send through the API to export them. The bytes are encrypted on the way. An
 * incomplete file is removed.
 */
import { rename, rm } from 'node:fs/promises';
import type { Upload } from '../../contracts/uploads.ts';
import type { UploadContent, Uploads } from '../../contracts/use-cases.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import type { Secret } from '../../domain/values/secret.ts';
import { makeDirectory } from '../../machine/make-directory.ts';
import { fileOf, PARTIAL, removeFile, type UploadStorage } from '../../readers/files/upload-storage.ts';
import { onDisk } from '../../store/data-directory/file-errors.ts';
import { type Tx, transaction } from '../../store/database/database.ts';
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
import { newFileKey } from '../../store/sealed-files/gcm.ts';
import { writeSealed } from '../../store/sealed-files/sealed-file.ts';
import { newId } from '../../store/secrets/unguessable.ts';
import { auditEntries, changesBetween } from '../audit-log.ts';
import type { UseCaseDeps } from '../deps.ts';
import { assertNoListReads } from './of-list.ts';
import { assertRoom, formatBytes, LOOK_EVERY_BYTES } from './room.ts';
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
        await transaction(db, async (tx) => {
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
      transaction(db, async (tx) => {
        const upload = await lockUpload(tx, id);
        if (policy === 'delete_after_run') {
          await assertNotScheduled(tx, upload);
          await assertNoListReads(tx, id);
        }
        await setUploadPolicy(tx, id, policy);
        await recordAudit(tx, actor, audit('change', id, { changes: changesBetween(upload, { policy }) }), now());
        return getUpload(tx, id);
      }),
    delete: async (id, actor) => {
      await transaction(db, async (tx) => {
        const upload = await lockUpload(tx, id);
        assertUnused(upload);
        await assertNoListReads(tx, id);
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
      sentence`The job "${name}" is kept updated and reads this file in every run. Keep the file.`,
    );
  }
}

/** @throws {LineupError} `upload_too_large`, `disk_full`, `interrupted` when the client goes away */
export async function receive(
  place: UploadStorage,
  id: string,
  { bytes, length }: UploadContent,
): Promise<{ key: Secret<Buffer>; bytes: number }> {
  assertAllowed(place, length ?? 0);
  const key = newFileKey();
  const path = fileOf(place, id);
  const partial = `${path}${PARTIAL}`;
  try {
    return await onDisk(path, async () => {
      await makeDirectory(place.directory);
      await assertRoom(place, length ?? 0);
      let lookAt = LOOK_EVERY_BYTES;
      const size = await writeSealed(partial, key, bytes, async (soFar) => {
        assertAllowed(place, soFar);
        if (soFar < lookAt) return;
        lookAt = soFar + LOOK_EVERY_BYTES;
        await assertRoom(place, 0);
      });
      await rename(partial, path);
      return { key, bytes: size };
    });
  } catch (error) {
    await rm(partial, { force: true });
    throw isClientGone(error)
      ? new LineupError(
          'interrupted',
          sentence`The upload was interrupted, and nothing was stored. Upload the file again.`,
        )
      : error;
  }
}

/** Whether the stream of a request failed because the client has disconnected. */
const isClientGone = (error: unknown): boolean =>
  ['ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE', 'ABORT_ERR'].includes(String((error as NodeJS.ErrnoException).code));

function assertAllowed({ maxBytes }: UploadStorage, bytes: number): void {
  if (bytes <= maxBytes) return;
  throw new LineupError(
    'upload_too_large',
    sentence`The file is larger than the limit of ${formatBytes(maxBytes)}. Compress it (gzip or Zstandard). Or ask an administrator to raise LINEUP_UPLOAD_MAX_MB, or to open a folder of the server to exports.`,
  );
}
