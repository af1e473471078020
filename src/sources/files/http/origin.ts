/** Any part of a file behind a URL, as Parquet is read; all parts are of one and the same file. */
import { LineupError } from '../../../contracts/errors.ts';
import { sentence } from '../../../contracts/sentence.ts';
import type { ByteOrigin } from '../byte-origin.ts';
import { readUrl } from './read.ts';
import { get, type RemoteFile } from './request.ts';
import { versionOf } from './version.ts';

/** @throws {LineupError} `source_*`; `source_unsupported` when the server does not tell one version of the file from another */
export async function urlOrigin(file: RemoteFile, signal: AbortSignal): Promise<ByteOrigin> {
  const { name } = file;
  const answer = await get(file, {}, signal);
  answer.destroy();
  const version = versionOf(answer, name);
  const { size, etag } = version;
  if (size === undefined || etag === undefined) {
    throw new LineupError(
      'source_unsupported',
      sentence`${name} is Parquet, which is read in parts, and the server does not tell that they are of the same file: have it send ETag and Content-Length, or give CSV or NDJSON.`,
    );
  }
  return {
    name,
    size,
    read: ({ start = 0, end = size }, stop) => readUrl(file, stop, { part: { version, start, end } }),
  };
}
