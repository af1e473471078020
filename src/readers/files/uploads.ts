/** Files that people uploaded: `upload:<id>`. */
import type { FileOptions } from '../../contracts/file-options.ts';
import { Secret } from '../../contracts/secret.ts';
import { splitSheet } from '../../contracts/sheet-of-file.ts';
import { uploadOfSegment } from '../../contracts/upload-segment.ts';
import type { ByteOrigin } from '../../sources/files/location.ts';
import { openFiles } from '../../sources/files/open.ts';
import type { Source } from '../../sources/source.ts';
import type { UploadAccess } from '../protocol.ts';
import type { FilePlace } from './place.ts';
import { originOf } from './upload-storage.ts';

/** @param upload the one that may be read; null: none */
export function uploaded(upload: UploadAccess | null): FilePlace {
  return {
    has: (segmentId) => upload !== null && uploadOfSegment(segmentId) === upload.id,
    open: (segmentId, signal, options) =>
      openUpload(upload!, signal, { ...options, sheet: splitSheet(segmentId).sheet }),
    // Not for everybody who may read sources: their names may be personal.
    list: async () => [],
    lists: async () => false,
  };
}

/** @param asked the sheet of a workbook (undefined: the first that is shown), and how a text is to be read */
export function openUpload(
  upload: UploadAccess,
  signal: AbortSignal,
  asked: FileOptions & { readonly sheet?: string | undefined } = {},
): Promise<Source> {
  const origin = originOfUpload(upload);
  return openFiles({
    ...asked,
    source: origin.name,
    locations: [{ kind: 'origin', ...origin }],
    format: upload.format ?? undefined,
    signal,
  });
}

export const originOfUpload = ({ id, directory, key, bytes }: UploadAccess): ByteOrigin =>
  originOf({ directory }, id, { key: new Secret(Buffer.from(key, 'base64')), bytes });
