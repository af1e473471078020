/**
 * Reads a file from a URL. After a broken connection it continues at the same position, if the server says
 * that the file is still the same. A file that ends early is an error, because the audience would be too
 * small.
 */
import type { IncomingMessage } from 'node:http';
import { withDeadline } from '../../../../packages/line-ads/src/retry.ts';
import { LineupError } from '../../../contracts/errors.ts';
import { sentence } from '../../../contracts/sentence.ts';
import { retryDelay } from '../../http.ts';
import type { ByteOrigin } from '../location.ts';
import { explainNetwork, fetchFile, type RemoteFile, Unavailable } from './request.ts';

/** Few, because a person may wait. A job is repeated by itself later. */
const ATTEMPTS_TO_BEGIN = 3;

export interface ReadUrlOptions {
  /** Called with the length of the whole file, if the server gives it. */
  readonly onSize?: (size: number) => void;
  /** A part of a known file, from `start` up to but not including `end`. @default the whole file */
  readonly part?: { readonly version: Version; readonly start: number; readonly end: number };
}

/** @throws {LineupError} `source_*`; `source_expired` when the file changed during the reading */
export async function* readUrl(
  file: RemoteFile,
  signal: AbortSignal,
  { onSize, part }: ReadUrlOptions = {},
): AsyncGenerator<Uint8Array, void> {
  const { name, url, access } = file;
  let version = part?.version;
  let offset = part?.start ?? 0;
  let failures = 0;
  for (;;) {
    let answer: IncomingMessage | undefined;
    try {
      const known = part || offset > 0 ? version : undefined;
      answer = await fetchFile(file, known ? rangeOf(known, offset, part?.end) : {}, signal);
      if (known) assertContinues(answer, known, offset, name);
      else {
        version = versionOf(answer, name);
        if (version.size !== undefined) onSize?.(version.size);
      }
      const blocks: AsyncIterator<Buffer> = answer[Symbol.asyncIterator]();
      for (;;) {
        const next = await withDeadline(access.silenceMs, signal, () => blocks.next());
        if (next.done) break;
        offset += next.value.length;
        failures = 0;
        yield next.value;
      }
      assertWhole(answer, part?.end ?? version?.size, offset, name);
      return;
    } catch (cause) {
      signal.throwIfAborted();
      const error = explainNetwork(name, url.host, cause);
      failures += 1;
      const mayGoOn =
        offset === (part?.start ?? 0) ? failures < ATTEMPTS_TO_BEGIN : version?.etag !== undefined;
      const again = mayGoOn && error instanceof Unavailable;
      const wait = again ? retryDelay(error, failures, Math.random()) : undefined;
      if (wait === undefined) throw error;
      await access.clock.sleep(wait, signal);
    } finally {
      answer?.destroy();
    }
  }
}

/** With `If-Range`, the server sends the whole file when it has changed. */
const rangeOf = ({ etag }: Version, offset: number, end?: number): Record<string, string> => ({
  range: `bytes=${offset}-${end === undefined ? '' : end - 1}`,
  ...(etag !== undefined && { 'if-range': etag }),
});

function assertWhole(answer: IncomingMessage, end: number | undefined, offset: number, name: string): void {
  if (answer.complete && (end === undefined || offset === end)) return;
  throw new Unavailable(sentence`${name}: the connection was lost before the end of the file.`, 'broken off');
}

/**
 * Random access to a file at a URL, for Parquet. All parts are from the same version of the file.
 * @throws {LineupError} `source_*`; `source_unsupported` when the server does not identify versions of the
 *   file
 */
export async function urlOrigin(file: RemoteFile, signal: AbortSignal): Promise<ByteOrigin> {
  const { name } = file;
  const answer = await fetchFile(file, {}, signal);
  answer.destroy();
  const version = versionOf(answer, name);
  const { size, etag } = version;
  if (size === undefined || etag === undefined) {
    throw new LineupError(
      'source_unsupported',
      sentence`${name} is Parquet. Lineup reads it in parts and must know that all parts are from the same file. Let the server send ETag and Content-Length, or use CSV or NDJSON.`,
    );
  }
  return {
    name,
    size,
    read: ({ start = 0, end = size }, stop) => readUrl(file, stop, { part: { version, start, end } }),
  };
}

export interface Version {
  /** Changes with every change of the file. Undefined when the server sends no such tag. */
  readonly etag: string | undefined;
  /** The size of the whole file in bytes. Undefined when the server does not send it. */
  readonly size: number | undefined;
}

/**
 * The version of the file, from the first answer.
 * @throws {LineupError} when the end of the body would look like a broken connection, or when its encoding is
 *   not supported
 */
function versionOf({ headers, statusCode }: IncomingMessage, name: string): Version {
  if (statusCode !== 200) {
    throw new LineupError(
      'source_unreadable',
      sentence`${name}: the server sent a part of the file instead of the whole file.`,
    );
  }
  const encoding = headers['content-encoding']?.trim() ?? 'identity';
  // gzip and Zstandard are recognised by their first bytes, as in a file with the name `.gz`.
  if (!/^(identity|gzip|x-gzip|zstd)$/i.test(encoding)) {
    throw new LineupError(
      'source_unsupported',
      sentence`${name} arrives encoded (${encoding.slice(0, 40)}). Let the server send it unencoded or as gzip.`,
    );
  }
  const length = headers['content-length'];
  if (length === undefined && !/\bchunked\b/i.test(headers['transfer-encoding'] ?? '')) {
    throw new LineupError(
      'source_unsupported',
      sentence`${name}: the server does not send the length of the file, so Lineup cannot detect a lost connection. Let the server send Content-Length.`,
    );
  }
  const { etag } = headers;
  // A weak tag (`W/"…"`) may stay the same when bytes change.
  return {
    etag: etag?.startsWith('"') ? etag : undefined,
    size: length === undefined ? undefined : Number(length),
  };
}

/**
 * Checks the answer to a request for a part of a file.
 * @throws {LineupError} `source_expired` when the file has changed; `source_failed` when the server does not
 *   send this part
 */
function assertContinues(
  { headers, statusCode }: IncomingMessage,
  { etag, size }: Version,
  offset: number,
  name: string,
): void {
  const [, from, whole] = /^bytes (\d+)-\d+\/(\d+)$/.exec(headers['content-range'] ?? '') ?? [];
  const resized = whole !== undefined && size !== undefined && Number(whole) !== size;
  if (headers.etag !== etag || resized) {
    throw new LineupError('source_expired', sentence`${name} was changed during reading. Start again.`, {
      retryable: true,
    });
  }
  if (statusCode === 206 && Number(from) === offset) return;
  throw new LineupError(
    'source_failed',
    sentence`${name}: Lineup needs a part from the middle of the file, but the server sends the file only from the beginning.`,
    { retryable: true },
  );
}
