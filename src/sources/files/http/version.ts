/** Which file a server gives, so that what is read in several parts is one and the same. */
import type { IncomingMessage } from 'node:http';
import { LineupError } from '../../../contracts/errors.ts';
import { sentence } from '../../../contracts/sentence.ts';

export interface Version {
  /** Changes with every byte of the file; undefined where the server tells no such thing. */
  readonly etag: string | undefined;
  /** Bytes of the whole; undefined where the server does not tell. */
  readonly size: number | undefined;
}

/**
 * What a first answer brings.
 * @throws {LineupError} for a body whose end could not be told from a broken connection, and for an encoding of it that
 *   is not undone here
 */
export function versionOf({ headers, statusCode }: IncomingMessage, name: string): Version {
  if (statusCode !== 200) {
    throw new LineupError(
      'source_unreadable',
      sentence`${name}: the server gave a part of the file instead of the whole.`,
    );
  }
  const encoding = headers['content-encoding']?.trim() ?? 'identity';
  // Of gzip and Zstandard the bytes themselves tell, as of a file that is called .gz.
  if (!/^(identity|gzip|x-gzip|zstd)$/i.test(encoding)) {
    throw new LineupError(
      'source_unsupported',
      sentence`${name} arrives encoded (${encoding.slice(0, 40)}): have the server send it as it is, or as gzip.`,
    );
  }
  const length = headers['content-length'];
  if (length === undefined && !/\bchunked\b/i.test(headers['transfer-encoding'] ?? '')) {
    throw new LineupError(
      'source_unsupported',
      sentence`${name}: the server does not tell how long the file is, so a broken connection would look like its end. Have it send Content-Length.`,
    );
  }
  const { etag } = headers;
  // A weak one (`W/"…"`) stays the same when bytes change that do not matter to a reader.
  return {
    etag: etag?.startsWith('"') ? etag : undefined,
    size: length === undefined ? undefined : Number(length),
  };
}

/**
 * For the answer to a request for a part of a file.
 * @throws {LineupError} `source_expired` when the file is another one by now; `source_failed` when the server does not go
 *   give that part
 */
export function assertContinues(
  { headers, statusCode }: IncomingMessage,
  { etag, size }: Version,
  offset: number,
  name: string,
): void {
  const [, from, whole] = /^bytes (\d+)-\d+\/(\d+)$/.exec(headers['content-range'] ?? '') ?? [];
  const resized = whole !== undefined && size !== undefined && Number(whole) !== size;
  if (headers.etag !== etag || resized) {
    throw new LineupError('source_expired', sentence`${name} was changed while it was read. Start again.`, {
      retryable: true,
    });
  }
  if (statusCode === 206 && Number(from) === offset) return;
  throw new LineupError(
    'source_failed',
    sentence`${name}: the server gives the file from its beginning alone, and a part from its middle is needed.`,
    { retryable: true },
  );
}
