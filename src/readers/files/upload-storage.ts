/** Where uploads lie: a directory that every process of the service sees, a sealed file each. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LineupError } from '../../contracts/errors.ts';
import { inside, sentence } from '../../contracts/sentence.ts';
import type { ByteOrigin } from '../../sources/files/location.ts';
import type { UploadContentKey } from '../../store/repositories/uploads.ts';
import { SegmentError } from '../../store/sealed-files/gcm.ts';
import { readSealed } from '../../store/sealed-files/sealed-file.ts';

export interface UploadStorage {
  readonly directory: string;
  /** The largest file that is taken. */
  readonly maxBytes: number;
  /** Bytes of the disk that are left to this user; undefined where the system does not tell. */
  readonly freeBytes: (directory: string) => Promise<number | undefined>;
}

export const fileOf = ({ directory }: Pick<UploadStorage, 'directory'>, id: string): string =>
  join(directory, id);

/** What is still coming has a name of its own: a file without this ending is whole. */
export const PARTIAL = '.part';

export const removeFile = (place: UploadStorage, id: string): Promise<void> =>
  rm(fileOf(place, id), { force: true });

/** An upload's bytes, opened as they are read. Messages do not name the file, for its name may be personal. */
export function originOf(
  place: Pick<UploadStorage, 'directory'>,
  id: string,
  { key, bytes }: Pick<UploadContentKey, 'key' | 'bytes'>,
): ByteOrigin {
  return {
    name: 'The uploaded file',
    size: bytes,
    async *read(range, signal) {
      try {
        for await (const block of readSealed(fileOf(place, id), key, { size: bytes, ...range })) {
          signal.throwIfAborted();
          yield block;
        }
      } catch (error) {
        throw explainReadError(error, place);
      }
    },
  };
}

function explainReadError(error: unknown, { directory }: Pick<UploadStorage, 'directory'>): unknown {
  if (error instanceof SegmentError) {
    return new LineupError(
      'source_unreadable',
      sentence`The uploaded file is not as it was written: what is on the disk was changed or cut off. Upload it again.`,
    );
  }
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT':
      return new LineupError(
        'source_not_found',
        sentence`The uploaded file is not on this machine: all processes of the service must see one uploads directory, and here it is ${inside(directory, sentence`another one`)} (LINEUP_UPLOADS_DIR).`,
        { retryable: true },
      );
    case 'EACCES':
    case 'EPERM':
    case 'EIO':
      return new LineupError(
        'source_unreadable',
        sentence`The uploaded file cannot be read in ${inside(directory, sentence`the uploads directory`)}.`,
        {
          cause: error,
          retryable: true,
        },
      );
    default:
      return error;
  }
}
