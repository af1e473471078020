/** The room on the disk for files that people send, and for those of split jobs. */
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import { RESERVE_BYTES } from '../../machine/free-bytes.ts';
import type { UploadStorage } from '../../readers/files/upload-storage.ts';

/** How often to check the free space again, because others write to the disk too. */
export const LOOK_EVERY_BYTES = 32_000_000;

export async function assertRoom({ directory, freeBytes }: UploadStorage, bytes: number): Promise<void> {
  const free = await freeBytes(directory);
  if (free === undefined || free >= bytes + RESERVE_BYTES) return;
  throw new LineupError(
    'disk_full',
    sentence`The disk of this service has no space for the file. ${formatBytes(Math.max(0, free - RESERVE_BYTES))} is available. Delete uploads that you no longer need, or ask an administrator.`,
  );
}

export const formatBytes = (bytes: number): string =>
  bytes >= 1e9 ? `${Math.floor(bytes / 1e8) / 10} GB` : `${Math.floor(bytes / 1e5) / 10} MB`;
