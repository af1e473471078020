/**
 * Where the bytes of a source are: a file, a pipe, standard input, a URL, or sealed storage. Also opens
 * files.
 */
import { constants } from 'node:fs';
import { type FileHandle, open, realpath, stat } from 'node:fs/promises';
import type { LookupFunction } from 'node:net';
import { LineupError } from '../../contracts/errors.ts';
import { isLoopback } from '../../contracts/hosts.ts';
import type { Clock } from '../../contracts/ports.ts';
import { sentence } from '../../contracts/sentence.ts';
import { systemClock } from '../../contracts/system-clock.ts';

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
  const what =
    code === 'EACCES' || code === 'EPERM'
      ? sentence`${path} cannot be read: Lineup’s user has no permission to read it.`
      : sentence`${path} cannot be read: the system answered ${code ?? 'EIO'}.`;
  return new LineupError('source_unreadable', what, { cause });
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
 * Opens a file for reading. With `admits`, it checks the file that was opened, not the path: a link may have
 * replaced it in between.
 * @throws {LineupError} `source_unreadable`
 */
export async function openFile({ path, name, admits }: FileLocation): Promise<FileHandle> {
  // Without this flag, opening a pipe would block the process.
  const flags = constants.O_RDONLY | (admits ? constants.O_NONBLOCK : 0);
  for (let attempt = 1; ; attempt++) {
    const file = await open(path, flags).catch((cause) => {
      throw unreadable(path, cause);
    });
    try {
      if (!admits || (await isAdmitted(file, path, admits))) return file;
    } catch (error) {
      await file.close();
      throw unreadable(path, error);
    }
    await file.close();
    if (attempt === ATTEMPTS) {
      throw new LineupError(
        'source_unreadable',
        sentence`${name} was replaced by another file in the meantime. Try again.`,
      );
    }
  }
}

/** Whether the path still leads to the opened file, and this file may be read. */
async function isAdmitted(
  file: FileHandle,
  path: string,
  admits: (real: string) => boolean,
): Promise<boolean> {
  const real = await realpath(path);
  const [opened, there] = await Promise.all([file.stat({ bigint: true }), stat(real, { bigint: true })]);
  return opened.isFile() && admits(real) && opened.dev === there.dev && opened.ino === there.ino;
}
