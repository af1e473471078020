/** Uploaded files, with ids of the form `upload:<id>`. */

import { LineupError } from '../../domain/errors/errors.ts';
import { splitSheet, uploadOfSegment } from '../../domain/files/file-names.ts';
import { sentence } from '../../domain/text/sentence.ts';
import { Secret } from '../../domain/values/secret.ts';
import type { ByteOrigin } from '../../sources/files/location.ts';
import { formatOf, openFiles } from '../../sources/files/open.ts';
import type { ReadingOptions, Source } from '../../sources/source.ts';
import type { UploadAccess } from '../protocol.ts';
import type { FileCollection } from './index.ts';
import { originOf } from './upload-storage.ts';

/** @param upload the only upload that may be read; null for none */
export function uploaded(upload: UploadAccess | null): FileCollection {
  return {
    has: (segmentId) => upload !== null && uploadOfSegment(segmentId) === upload.id,
    open: (segmentId, signal, options) =>
      openUpload(upload!, signal, { ...options, sheet: splitSheet(segmentId).sheet }),
    // Not listed, because the names may be personal and many roles may read the list of files.
    list: async () => [],
    lists: async () => false,
  };
}

/** @param options the sheet of a workbook (default: the first visible one), and how to read a text file */
export async function openUpload(
  upload: UploadAccess,
  signal: AbortSignal,
  options: ReadingOptions & { readonly sheet?: string | undefined } = {},
): Promise<Source> {
  const origin = originOfUpload(upload);
  const source = await openFiles({
    ...options,
    source: origin.name,
    locations: [{ kind: 'origin', ...origin }],
    format: upload.format ?? undefined,
    signal,
  });
  return upload.isOfScan ? Object.assign(source, { isQuery: true }) : source;
}

export const originOfUpload = ({ id, directory, key, bytes }: UploadAccess): ByteOrigin =>
  originOf({ directory }, id, { key: new Secret(Buffer.from(key, 'base64')), bytes });

/**
 * Checks that an upload can be exported, while the person who uploads it still waits.
 * @returns its format @throws {LineupError} `source_*`
 */
export async function examine(upload: UploadAccess, name: string, signal: AbortSignal): Promise<string> {
  const location = { kind: 'origin' as const, ...originOfUpload(upload) };
  const format = await formatOf(location, name, signal).catch((error: unknown) => {
    if (!(error instanceof LineupError) || error.code !== 'source_format') throw error;
    throw new LineupError(
      'source_format',
      sentence`The format of the file is unknown. Lineup reads CSV, TSV, Excel workbooks (.xlsx), NDJSON (.ndjson, .jsonl), Parquet, and one value per line (.txt). All except Parquet can also be .gz or .zst.`,
    );
  });
  try {
    const source = await openUpload({ ...upload, format }, signal);
    try {
      await source.fields(signal);
    } finally {
      await source.close();
    }
  } catch (error) {
    // An unknown encoding is no reason to refuse the file: a person can choose the encoding in the form.
    if (!(error instanceof LineupError) || error.code !== 'source_encoding') throw error;
  }
  return format;
}
