/** Receives the bytes of an upload: encrypts them on the way, enforces the limits, and removes an incomplete file. */
import { mkdir, rename, rm } from 'node:fs/promises';
import { LineupError } from '../../contracts/errors.ts';
import type { Secret } from '../../contracts/secret.ts';
import { sentence } from '../../contracts/sentence.ts';
import type { UploadContent } from '../../contracts/use-cases.ts';
import { fileOf, PARTIAL, type UploadStorage } from '../../readers/files/upload-storage.ts';
import { onDisk } from '../../store/data-directory/file-errors.ts';
import { newFileKey } from '../../store/sealed-files/gcm.ts';
import { writeSealed } from '../../store/sealed-files/sealed-file.ts';

/** Disk space that stays free for others: a database that cannot write stops the whole service. */
const RESERVE_BYTES = 256_000_000;
/** How often to check the free space again, because others write to the disk too. */
const LOOK_EVERY_BYTES = 32_000_000;

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
      await mkdir(place.directory, { recursive: true, mode: 0o700 });
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
      ? new LineupError('interrupted', sentence`The upload broke off: nothing of it is kept.`)
      : error;
  }
}

/** Whether the stream of a request failed because the client has disconnected. */
const isClientGone = (error: unknown): boolean =>
  ['ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE', 'ABORT_ERR'].includes(
    String((error as NodeJS.ErrnoException).code),
  );

function assertAllowed({ maxBytes }: UploadStorage, bytes: number): void {
  if (bytes <= maxBytes) return;
  throw new LineupError(
    'upload_too_large',
    sentence`The file is larger than the ${formatBytes(maxBytes)} that this service takes. Compress it (gzip or Zstandard), or ask an administrator: LINEUP_UPLOAD_MAX_MB, or a folder of the server that is open to exports.`,
  );
}

async function assertRoom({ directory, freeBytes }: UploadStorage, bytes: number): Promise<void> {
  const free = await freeBytes(directory);
  if (free === undefined || free >= bytes + RESERVE_BYTES) return;
  throw new LineupError(
    'disk_full',
    sentence`The disk of this service has no room for the file: ${formatBytes(Math.max(0, free - RESERVE_BYTES))} can be used. Delete uploads that are not needed any more, or ask an administrator.`,
  );
}

const formatBytes = (bytes: number): string =>
  bytes >= 1e9 ? `${Math.floor(bytes / 1e8) / 10} GB` : `${Math.floor(bytes / 1e5) / 10} MB`;
