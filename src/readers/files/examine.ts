/** Whether an upload can be exported at all, found out while its owner is still there. */
import { LineupError } from '../../contracts/errors.ts';
import { sentence } from '../../contracts/sentence.ts';
import { formatOf } from '../../sources/files/open.ts';
import type { UploadAccess } from '../protocol.ts';
import { openUpload, originOfUpload } from './uploads.ts';

/** @returns its format @throws {LineupError} `source_*` */
export async function examine(upload: UploadAccess, name: string, signal: AbortSignal): Promise<string> {
  const location = { kind: 'origin' as const, ...originOfUpload(upload) };
  const format = await formatOf(location, name, signal).catch((error: unknown) => {
    if (!(error instanceof LineupError) || error.code !== 'source_format') throw error;
    throw new LineupError(
      'source_format',
      sentence`The format of the file cannot be told. Lineup reads CSV, TSV, Excel workbooks (.xlsx), NDJSON (.ndjson, .jsonl), Parquet, and one value a line (.txt); all but Parquet also as .gz or .zst.`,
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
    // Its owner names the encoding in the form, where all else is chosen.
    if (!(error instanceof LineupError) || error.code !== 'source_encoding') throw error;
  }
  return format;
}
