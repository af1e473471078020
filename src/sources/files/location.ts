/**
 * Where the bytes of a source are: a file, a pipe, standard input, a URL, or sealed storage. Also opens
 * files.
 */
import { constants } from 'node:fs';
import { type FileHandle, open, readlink } from 'node:fs/promises';
import type { LookupFunction } from 'node:net';
import type { Clock } from '../../contracts/ports.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import { isLoopback } from '../../domain/values/hosts.ts';
import { systemClock } from '../../machine/system-clock.ts';

export type Location =
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly name: string;
      readonly size: number | undefined;
      /**
       * Whether the file with this real path (without links) may be read. It is asked about the opened file.
       * @default every file
       */
      readonly admits?: (real: string) => boolean;
    }
  /** A named pipe, or what a shell makes of `<(command)`. */
  | { readonly kind: 'pipe'; readonly path: string; readonly name: string }
  | { readonly kind: 'stdin'; readonly name: string }
  | ({ readonly kind: 'origin' } & ByteOrigin)
  /** `name` has no credentials and no query, because a presigned URL has its signature in the query. */
  | { readonly kind: 'url'; readonly url: URL; readonly name: string; readonly access: UrlAccess };

/** Whether the bytes can be read only once. A second reader would continue where the first one stopped. */
export const isReadOnce = ({ kind }: Location): boolean => kind === 'stdin' || kind === 'pipe';

/** Makes the error for a file that the system cannot open or read. */
export function unreadable(path: string, cause: unknown): LineupError {
  const { code } = cause as NodeJS.ErrnoException;
  const problem =
    code === 'EACCES' || code === 'EPERM'
      ? sentence`${path} cannot be read: Lineup’s user has no permission to read it.`
      : sentence`${path} cannot be read (${code ?? 'EIO'}).`;
  return new LineupError('source_unreadable', problem, { cause });
}

/**
 * Bytes that are not in a plain file on this machine, for example sealed ones. They can be read several
 * times, and in parts.
 */
export interface ByteOrigin {
  /** The name in messages. A sentence may begin with it. */
  readonly name: string;
  readonly size: number;
  /**
   * The bytes from `start` up to but not including `end`; by default all. Each block is valid until the next
   * one is requested.
   * @throws {LineupError} `source_*`
   */
  read(range: ByteRange, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

export interface ByteRange {
  readonly start?: number;
  readonly end?: number;
}

export interface UrlAccess {
  /**
   * Called before each request, also before those of redirects.
   * @returns the lookup function for the host's name; undefined for the system's
   * @throws {LineupError} when the URL may not be read
   */
  admit(url: URL): LookupFunction | undefined;
  /** Used for the waits between attempts. */
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  /** How long a server may send nothing, in ms. */
  readonly silenceMs: number;
}

export const SILENCE_MS = 30_000;

/** For the person at the command line, who may connect to all that this machine can reach. */
export const openAccess: UrlAccess = {
  admit: (url) => {
    const loopback = url.protocol === 'http:' && isLoopback(url.hostname);
    if (url.protocol === 'https:' || loopback) return undefined;
    throw new LineupError(
      'source_unsupported',
      sentence`${nameOf(url)}: ${url.protocol}// is not supported. Use https://, s3://, gs://, a path, or - for standard input.`,
    );
  },
  clock: systemClock,
  silenceMs: SILENCE_MS,
};

/** A URL without credentials and query, because a presigned URL has its signature in the query. */
export const nameOf = (url: URL): string => `${url.protocol}//${url.host}${url.pathname}`;

export type FileLocation = Pick<Extract<Location, { kind: 'file' }>, 'path' | 'name' | 'admits'>;

/** A file may be replaced by a newer one while it is opened. */
const ATTEMPTS = 3;

/**
 * Opens a file for reading. With `admits`, only the opened file counts and not what is at its path: a link may replace
 * any part of the path at any moment.
 * @throws {LineupError} `source_unreadable`
 */
export async function openFile({ path, name, admits }: FileLocation): Promise<FileHandle> {
  if (!admits) {
    return open(path).catch((cause) => {
      throw unreadable(path, cause);
    });
  }
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const file = await openInPlace(path, admits).catch((cause) => {
      throw unreadable(path, cause);
    });
    if (!file) continue;
    if ((await file.stat()).isFile()) return file;
    await file.close();
  }
  throw new LineupError(
    'source_unreadable',
    sentence`${name} was replaced by another file in the meantime. Try again.`,
  );
}

/**
 * Runs `work` with a path for a library that opens paths itself. With `admits`, the path leads to the file that was
 * opened and checked, whatever is at its place by then. It is valid until `work` has ended.
 * @throws {LineupError} `source_unreadable`
 */
export async function withPath<T>(location: FileLocation, work: (path: string) => Promise<T>): Promise<T> {
  if (!location.admits) return work(location.path);
  const file = await openFile(location);
  try {
    return await work(isLinux ? pathTo(file, location.path) : `/dev/fd/${file.fd}`);
  } finally {
    await file.close();
  }
}

const isLinux = process.platform === 'linux';
const isMac = process.platform === 'darwin';

/**
 * macOS refuses a link in any part of the path (`O_NOFOLLOW_ANY`, which Node.js does not name); others only at its end.
 */
const WITHOUT_LINKS = isMac ? 0x2000_0000 : constants.O_NOFOLLOW;

/**
 * Opens a file or folder without links in its path.
 * @param path without links when it was chosen
 * @param admits is asked about the place of what was opened
 * @returns undefined when it is not admitted, or a link has replaced it
 */
export async function openInPlace(
  path: string,
  admits: (real: string) => boolean,
  flags = 0,
): Promise<FileHandle | undefined> {
  // Without `O_NONBLOCK`, opening a pipe would block the process.
  const opening = open(path, constants.O_RDONLY | constants.O_NONBLOCK | WITHOUT_LINKS | flags);
  const file = await opening.catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ELOOP') return undefined;
    throw error;
  });
  try {
    if (file && admits(await placeOf(file, path))) return file;
  } catch (error) {
    await file?.close();
    throw error;
  }
  await file?.close();
  return undefined;
}

/** A path to what was opened. On Linux it leads there for as long as it is open, whatever is at its place meanwhile. */
export const pathTo = ({ fd }: FileHandle, path: string): string => (isLinux ? `/proc/self/fd/${fd}` : path);

/** The real path of what was opened. For a deleted file, Linux gives a name that no member file has. */
async function placeOf(file: FileHandle, path: string): Promise<string> {
  if (isLinux) return readlink(pathTo(file, path));
  if (isMac) return path;
  throw Object.assign(new Error('This system does not tell which file is open.'), { code: 'ENOSYS' });
}
