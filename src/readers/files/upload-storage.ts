/** The storage of uploads: one encrypted file each, in a directory that all processes of the service share. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LineupError } from '../../domain/errors/errors.ts';
import { internalFact, sentence, UPLOADED_FILE } from '../../domain/text/sentence.ts';
import type { ByteOrigin } from '../../sources/files/location.ts';
import type { UploadContentKey } from '../../store/repositories/uploads.ts';
import { SegmentError } from '../../store/sealed-files/gcm.ts';
import { readSealed } from '../../store/sealed-files/sealed-file.ts';

export interface UploadStorage {
  readonly directory: string;
  /** The maximum size of a file, in bytes. */
  readonly maxBytes: number;
  /** Free disk space for this user, in bytes; undefined when the system does not report it. */
  readonly freeBytes: (directory: string) => Promise<number | undefined>;
}

export const fileOf = ({ directory }: Pick<UploadStorage, 'directory'>, id: string): string => join(directory, id);

/** The suffix of a file that is still being received. A file without it is complete. */
export const PARTIAL = '.part';

export const removeFile = (storage: UploadStorage, id: string): Promise<void> =>
  rm(fileOf(storage, id), { force: true });

/** The decrypted bytes of an upload. Messages do not contain the file name, because it may be personal. */
export function originOf(
  storage: Pick<UploadStorage, 'directory'>,
  id: string,
  { key, bytes }: Pick<UploadContentKey, 'key' | 'bytes'>,
): ByteOrigin {
  return {
    name: UPLOADED_FILE,
    size: bytes,
    async *read(range, signal) {
      try {
        for await (const block of readSealed(fileOf(storage, id), key, { size: bytes, ...range })) {
          signal.throwIfAborted();
          yield block;
        }
      } catch (error) {
        throw explainReadError(error, storage);
      }
    },
  };
}

function explainReadError(error: unknown, { directory }: Pick<UploadStorage, 'directory'>): unknown {
  if (error instanceof SegmentError) {
    return new LineupError(
      'source_unreadable',
      sentence`The uploaded file was changed or cut off on the disk. Upload it again.`,
    );
  }
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT':
      return new LineupError(
        'source_not_found',
        sentence`The uploaded file is not on this machine. All processes of the service must share one uploads directory. On this machine it is ${internalFact(directory, sentence`another one`)} (LINEUP_UPLOADS_DIR).`,
        { retryable: true },
      );
    case 'EACCES':
    case 'EPERM':
    case 'EIO':
      return new LineupError(
        'source_unreadable',
        sentence`The uploaded file cannot be read in ${internalFact(directory, sentence`the uploads directory`)}.`,
        {
          cause: error,
          retryable: true,
        },
      );
    default:
      return error;
  }
}
