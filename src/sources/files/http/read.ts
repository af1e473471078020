/**
 * Reads a file from a server. After a broken connection it continues at the same position, if the server says
 * that the file is still the same. A file that ends early is an error, because the audience would be too
 * small.
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { LineupError } from '../../../domain/errors/errors.ts';
import { sentence } from '../../../domain/text/sentence.ts';
import { retryDelay, withDeadline } from '../../http.ts';
import type { ByteOrigin, UrlAccess } from '../location.ts';
import { ATTEMPTS_TO_BEGIN, fewAttempts } from './attempts.ts';
import { explainNetwork, fetchFile, type RemoteFile, UnavailableError } from './request.ts';

/** A file on a server, and how to ask for it. */
export interface HttpFile {
  /** Without credentials and query. */
  readonly name: string;
  readonly access: Pick<UrlAccess, 'clock' | 'silenceMs'>;
  /**
   * An answer with the file, or with a part of it (200, 206). The caller must destroy it.
   * @throws {LineupError} `source_*`
   */
  ask(headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<IncomingMessage>;
  /** Explains a connection that failed. */
  explain(cause: unknown): LineupError;
  /** What changes with every change of the file. Undefined when the server sends no such tag. */
  tagOf(headers: IncomingHttpHeaders): string | undefined;
  /** The headers of a request that is only about the version with this tag. */
  onlyFor(tag: string): Readonly<Record<string, string>>;
}

export interface ReadFileOptions {
  /** Called with the length of the whole file, if the server gives it. */
  readonly onSize?: (size: number) => void;
  /** A part of a known file, from `start` up to but not including `end`. @default the whole file */
  readonly part?: { readonly version: Version; readonly start: number; readonly end: number };
}

/** @throws {LineupError} `source_*`; `source_expired` when the file changed during the reading */
export const readUrl = (
  file: RemoteFile,
  signal: AbortSignal,
  options?: ReadFileOptions,
): AsyncGenerator<Uint8Array, void> => readFile(atUrl(file), signal, options);

const atUrl = (file: RemoteFile): HttpFile => ({
  name: file.name,
  access: file.access,
  ask: (headers, signal) => fetchFile(file, headers, signal),
  explain: (cause) => explainNetwork(file.name, file.url.host, cause),
  // A weak tag (`W/"…"`) may stay the same when bytes change.
  tagOf: ({ etag }) => (etag?.startsWith('"') ? etag : undefined),
  // The server sends the whole file when it has changed.
  onlyFor: (tag) => ({ 'if-range': tag }),
});

/** @throws as `readUrl` */
export async function* readFile(
  file: HttpFile,
  signal: AbortSignal,
  { onSize, part }: ReadFileOptions = {},
): AsyncGenerator<Uint8Array, void> {
  const { name, access } = file;
  let version = part?.version;
  let offset = part?.start ?? 0;
  let failures = 0;
  for (;;) {
    let answer: IncomingMessage | undefined;
    try {
      const known = part || offset > 0 ? version : undefined;
      answer = await file.ask(known ? rangeOf(file, known, offset, part?.end) : {}, signal);
      if (known) assertContinues(file, answer, known, offset);
      else {
        version = versionOf(file, answer);
        if (version.size !== undefined) onSize?.(version.size);
      }
      const blocks: AsyncIterator<Buffer> = answer[Symbol.asyncIterator]();
      for (;;) {
        const next = await withDeadline(access.silenceMs, signal, () => blocks.next());
        if (next.done) break;
        offset += next.value.length;
        failures = 0;
        if (offset === part?.end) {
          // After its end, the connection is free for another request. Every byte of the part is here, whatever happens
          // now.
          await withDeadline(access.silenceMs, signal, () => blocks.next()).catch(() => {});
          yield next.value;
          return;
        }
        yield next.value;
      }
      assertWhole(answer, part?.end ?? version?.size, offset, name);
      return;
    } catch (cause) {
      signal.throwIfAborted();
      const error = file.explain(cause);
      failures += 1;
      // A part of a known file is the middle of a scan, also before its first byte.
      const mayGoOn = part || offset > 0 ? version?.tag !== undefined : failures < ATTEMPTS_TO_BEGIN;
      const again = mayGoOn && error instanceof UnavailableError;
      const wait = again ? retryDelay(error, failures, Math.random()) : undefined;
      if (wait === undefined) throw error;
      await access.clock.sleep(wait, signal);
    } finally {
      answer?.destroy();
    }
  }
}

const rangeOf = (file: HttpFile, { tag }: Version, offset: number, end?: number): Record<string, string> => ({
  range: `bytes=${offset}-${end === undefined ? '' : end - 1}`,
  ...(tag !== undefined && file.onlyFor(tag)),
});

function assertWhole(answer: IncomingMessage, end: number | undefined, offset: number, name: string): void {
  if (answer.complete && (end === undefined || offset === end)) return;
  throw new UnavailableError(sentence`${name}: the connection was lost before the end of the file.`, 'broken off');
}

/**
 * Random access to a file at a URL, for Parquet. All parts are from the same version of the file.
 * @throws {LineupError} `source_*`; `source_unsupported` when the server does not identify versions of the
 *   file
 */
export async function urlOrigin(file: RemoteFile, signal: AbortSignal): Promise<ByteOrigin> {
  const { name } = file;
  const answer = await fewAttempts(file.access.clock, signal, () => fetchFile(file, {}, signal));
  answer.destroy();
  const version = versionOf(atUrl(file), answer);
  const { size, tag } = version;
  if (size === undefined || tag === undefined) {
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

interface Version {
  /** Changes with every change of the file. Undefined when the server sends no such tag. */
  readonly tag: string | undefined;
  /** The size of the whole file in bytes. Undefined when the server does not send it. */
  readonly size: number | undefined;
}

/**
 * The version of the file, from the first answer.
 * @throws {LineupError} when the end of the body would look like a broken connection, or when its encoding is
 *   not supported
 */
function versionOf(file: HttpFile, { headers, statusCode }: IncomingMessage): Version {
  const { name } = file;
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
    throw withoutLength(name);
  }
  return { tag: file.tagOf(headers), size: length === undefined ? undefined : Number(length) };
}

/**
 * Checks the answer to a request for a part of a file.
 * @throws {LineupError} `source_expired` when the file has changed; `source_failed` when the server does not
 *   send this part
 */
function assertContinues(
  file: HttpFile,
  { headers, statusCode }: IncomingMessage,
  { tag, size }: Version,
  offset: number,
): void {
  const { name } = file;
  const [, from, whole] = /^bytes (\d+)-\d+\/(\d+)$/.exec(headers['content-range'] ?? '') ?? [];
  const resized = whole !== undefined && size !== undefined && Number(whole) !== size;
  if (file.tagOf(headers) !== tag || resized) throw changed(name);
  if (statusCode === 206 && Number(from) === offset) return;
  throw new LineupError(
    'source_failed',
    sentence`${name}: Lineup needs a part from the middle of the file, but the server sends the file only from the beginning.`,
    { retryable: true },
  );
}

export const withoutLength = (name: string): LineupError =>
  new LineupError(
    'source_unsupported',
    sentence`${name}: the server does not send the length of the file, so Lineup cannot detect a lost connection. Let the server send Content-Length.`,
  );

export const changed = (name: string): LineupError =>
  new LineupError('source_expired', sentence`${name} was changed during reading. Start again.`, {
    retryable: true,
  });
