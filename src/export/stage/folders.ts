/** Folders for chunks that no run goes on with; those of runs are a port (`RunFolder`). */
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LineupError } from '../../contracts/errors.ts';
import type { ChunkFolder } from '../../contracts/ports.ts';
import { inside, sentence } from '../../contracts/sentence.ts';

/** Plain files of mode 0600 in a directory, for a person who wants the chunks themselves. */
export const plainFolder = (directory: string): ChunkFolder => ({
  place: directory,
  open: async (name) => {
    const file = await open(join(directory, name), 'w', 0o600);
    return { append: (bytes) => writeAll(file, bytes), close: () => file.close() };
  },
  remove: (name) => rm(join(directory, name), { force: true }),
});

/** No files at all: the chunks are counted and forgotten. */
export const noFolder: ChunkFolder = {
  place: 'nowhere',
  open: async () => ({ append: async () => {}, close: async () => {} }),
  remove: async () => {},
};

/** A write may take less than it was given. */
async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten;
}

/** A failure to write below the staging directory, as a sentence about it: `disk_full` or `storage_failed`. */
export function explainDisk(directory: string, error: unknown): LineupError {
  const place = inside(directory, sentence`the data directory`);
  const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  if (['ENOSPC', 'EDQUOT', 'EFBIG'].includes(reason)) {
    return new LineupError(
      'disk_full',
      sentence`There is no room left for the staged chunks in ${place}; those of this run were removed. Free some space (65 bytes a member), then start again.`,
      { reason, cause: error },
    );
  }
  return new LineupError(
    'storage_failed',
    sentence`The staged chunks could not be written to ${place} (${reason}).`,
    { reason, cause: error },
  );
}
