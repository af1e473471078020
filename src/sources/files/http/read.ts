/**
 * The bytes of a file behind a URL. A connection that breaks is made again, and goes on where it stood, if the server says
 * that the file is still the same one. A file that is not read to its end fails: it would be a short audience.
 */
import type { IncomingMessage } from 'node:http';
import { LineupError } from '../../../contracts/errors.ts';
import { sentence } from '../../../contracts/sentence.ts';
import { retryDelay, within } from '../../http.ts';
import type { ByteOrigin } from '../location.ts';
import { explainNetwork, get, type RemoteFile, Unavailable } from './request.ts';

/** Somebody may be waiting, and whoever runs a job tries again by itself. */
const ATTEMPTS_TO_BEGIN = 3;

export interface ReadUrlOptions {
  /** Told the length of the whole, where the server tells it. */
  readonly onSize?: (size: number) => void;
  /** Of a file that is known, from `start` to before `end`. @default the whole */
  readonly part?: { readonly version: Version; readonly start: number; readonly end: number };
}

/**
 * @throws {LineupError} `source_*`; `source_expired` when the file was changed while it was read
 */
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
      answer = await get(file, known ? rangeOf(known, offset, part?.end) : {}, signal);
      if (known) assertContinues(answer, known, offset, name);
      else {
        version = versionOf(answer, name);
        if (version.size !== undefined) onSize?.(version.size);
      }
      const blocks: AsyncIterator<Buffer> = answer[Symbol.asyncIterator]();
      for (;;) {
        const next = await within(access.silenceMs, signal, () => blocks.next());
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

/** `If-Range`: of a file that has changed the server gives the whole. */
const rangeOf = ({ etag }: Version, offset: number, end?: number): Record<string, string> => ({
  range: `bytes=${offset}-${end === undefined ? '' : end - 1}`,
  ...(etag !== undefined && { 'if-range': etag }),
});

function assertWhole(answer: IncomingMessage, end: number | undefined, offset: number, name: string): void {
  if (answer.complete && (end === undefined || offset === end)) return;
  throw new Unavailable(sentence`${name}: the connection broke before the end of the file.`, 'broken off');
}

/**
 * Any part of a file behind a URL, for Parquet. All parts are of one and the same file.
 * @throws {LineupError} `source_*`; `source_unsupported` when the server does not tell one version of the file from another
 */
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
function versionOf({ headers, statusCode }: IncomingMessage, name: string): Version {
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
function assertContinues(
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
