/**
 * The files of the parts of a scan. They are stored as uploads of people are: sealed, each with a key of its own. A
 * file has a row in the database only when it is complete, and belongs to nobody until the run ends.
 */
import { rename, rm } from 'node:fs/promises';
import { system } from '../../domain/people/people.ts';
import type { PartFormat } from '../../export/split/part-rows.ts';
import { makeDirectory } from '../../machine/make-directory.ts';
import { fileOf, PARTIAL, removeFile } from '../../readers/files/upload-storage.ts';
import { onDisk } from '../../store/data-directory/file-errors.ts';
import { transaction } from '../../store/database/database.ts';
import { createUpload, eraseFilesOfScan, recordRemoved } from '../../store/repositories/uploads.ts';
import { newFileKey } from '../../store/sealed-files/gcm.ts';
import { SealedWriter } from '../../store/sealed-files/sealed-file.ts';
import { newId } from '../../store/secrets/unguessable.ts';
import type { UseCaseDeps } from '../deps.ts';
import { assertRoom, LOOK_EVERY_BYTES } from '../uploads/room.ts';

/** A file that is being written. */
export interface PartFile {
  readonly id: string;
  /** The bytes may change when it resolves. */
  write(bytes: Uint8Array): Promise<void>;
}

/** The files of one run. */
export interface PartFiles {
  /** Makes a file. @param format @default CSV @throws {LineupError} `disk_full`, `storage_failed` */
  create(format?: PartFormat): Promise<PartFile>;
  /** Completes all files, and stores their keys. */
  keep(): Promise<void>;
  /** Removes the files that no part has got, also those of an earlier process. Never fails because of a missing one. */
  discard(): Promise<void>;
}

type Deps = Pick<UseCaseDeps, 'db' | 'box' | 'now' | 'uploads'>;

export function partFiles({ db, box, now, uploads: place }: Deps, runId: string): PartFiles {
  const open: SealedFile[] = [];
  let isStored = false;
  let unseen = 0;
  const onBytes = async (bytes: number) => {
    unseen += bytes;
    if (unseen < LOOK_EVERY_BYTES) return;
    unseen = 0;
    await assertRoom(place, 0);
  };
  return {
    create: async (format = 'csv') => {
      const id = newId('upl');
      const path = fileOf(place, id);
      if (open.length === 0) {
        await onDisk(path, () => makeDirectory(place.directory));
        await assertRoom(place, 0);
      }
      const key = newFileKey();
      const writer = await onDisk(path, () => SealedWriter.open(`${path}${PARTIAL}`, key));
      open.push({ id, path, key, format, writer, isComplete: false });
      return {
        id,
        write: async (bytes) => {
          await onBytes(bytes.length);
          await onDisk(path, () => writer.write(bytes));
        },
      };
    },
    keep: async () => {
      for (const file of open) await onDisk(file.path, () => complete(file));
      await transaction(db, async (tx) => {
        for (const { id, key, format, writer } of open) {
          const content = { key, bytes: writer.size, format };
          const upload = { id, name: `${runId}.${format}`, policy: 'keep', splitRun: runId, ...content } as const;
          await createUpload(tx, box, upload, system, now());
        }
      });
      isStored = true;
    },
    discard: async () => {
      for (const { id, path, writer, isComplete } of isStored ? [] : open) {
        if (!isComplete) await writer.close().catch(() => {});
        await rm(`${path}${PARTIAL}`, { force: true });
        await removeFile(place, id);
      }
      // A file with a key may belong to a part: the database alone knows, also when it did not answer before.
      const erased = await transaction(db, (tx) => eraseFilesOfScan(tx, runId, now()));
      for (const id of erased) {
        await removeFile(place, id);
        await recordRemoved(db, id);
      }
      open.length = 0;
      isStored = false;
    },
  };
}

interface SealedFile {
  readonly id: string;
  readonly path: string;
  readonly key: ReturnType<typeof newFileKey>;
  readonly format: PartFormat;
  readonly writer: SealedWriter;
  isComplete: boolean;
}

async function complete(file: SealedFile): Promise<void> {
  await file.writer.end();
  await file.writer.close();
  file.isComplete = true;
  await rename(`${file.path}${PARTIAL}`, file.path);
}
