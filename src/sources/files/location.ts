/** Where the bytes of a source are, as what can be opened. */

import { constants } from 'node:fs';
import { type FileHandle, open, realpath, stat } from 'node:fs/promises';
import type { LookupFunction } from 'node:net';
import { type Clock, systemClock } from '../../contracts/clock.ts';
import { LineupError } from '../../contracts/errors.ts';
import { sentence } from '../../contracts/sentence.ts';

export type Location =
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly name: string;
      readonly size: number | undefined;
      /** Whether the file at a path without links may be read: asked of what was opened. @default every one */
      readonly admits?: (real: string) => boolean;
    }
  /** A named pipe, or what a shell makes of `<(command)`. */
  | { readonly kind: 'pipe'; readonly path: string; readonly name: string }
  | { readonly kind: 'stdin'; readonly name: string }
  | ({ readonly kind: 'origin' } & ByteOrigin)
  /** `name` is without credentials and query: a presigned URL carries its signature there. */
  | { readonly kind: 'url'; readonly url: URL; readonly name: string; readonly access: UrlAccess };

/** Whether its bytes come once: opened again, it would go on where the first reader stopped. */
export const isReadOnce = ({ kind }: Location): boolean => kind === 'stdin' || kind === 'pipe';

/** @throws nothing: makes the error for a file that the system refuses to open or read. */
export function unreadable(path: string, cause: unknown): LineupError {
  const { code } = cause as NodeJS.ErrnoException;
  const what =
    code === 'EACCES' || code === 'EPERM'
      ? sentence`${path} cannot be read: Lineup’s user has no permission to read it.`
      : sentence`${path} cannot be read: the system answered ${code ?? 'EIO'}.`;
  return new LineupError('source_unreadable', what, { cause });
}

/**
 * Bytes of which no plain file is on this machine, for they are kept in somebody else's way (sealed, for one). They are read as
 * often as is wanted, and any part of them.
 */
export interface ByteOrigin {
  /** What messages call it; a sentence may begin with it. */
  readonly name: string;
  readonly size: number;
  /**
   * The bytes from `start` to before `end`; the whole by default. Each block is valid until the next is asked for.
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
   * Asked before each request, those of redirects too.
   * @returns what resolves the host's name for the connection; undefined: the system
   * @throws {LineupError} when the URL may not be fetched
   */
  admit(url: URL): LookupFunction | undefined;
  /** Waits between attempts. */
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  /** How long a server may say nothing, in ms. */
  readonly silenceMs: number;
}

export const SILENCE_MS = 30_000;

/** For whoever may reach from here what this machine reaches: the person at the command line. */
export const openAccess: UrlAccess = {
  admit: (url) => {
    const loopback =
      url.protocol === 'http:' && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
    if (url.protocol === 'https:' || loopback) return undefined;
    throw new LineupError(
      'source_unsupported',
      sentence`${nameOf(url)}: ${url.protocol}// is not supported. Use https://, s3://, a path, or - for standard input.`,
    );
  },
  clock: systemClock,
  silenceMs: SILENCE_MS,
};

/** A URL without credentials and query: a presigned one carries its signature there. */
export const nameOf = (url: URL): string => `${url.protocol}//${url.host}${url.pathname}`;

export type FileLocation = Pick<Extract<Location, { kind: 'file' }>, 'path' | 'name' | 'admits'>;

/** A file may be replaced by a newer one in the moment between. */
const ATTEMPTS = 3;

/**
 * The file, open for reading. Where only some may be read, what was opened is looked at, not what has that name now: between the
 * two a link may have taken its place.
 * @throws {LineupError} `source_unreadable`
 */
export async function openFile({ path, name, admits }: FileLocation): Promise<FileHandle> {
  // A pipe in its place must not hold this process up.
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
        sentence`${name} is not the file any more that was looked for: something else has taken its place. Try again.`,
      );
    }
  }
}

/** Whether the open file is the very one that the path leads to now, and that one may be read. */
async function isAdmitted(
  file: FileHandle,
  path: string,
  admits: (real: string) => boolean,
): Promise<boolean> {
  const real = await realpath(path);
  const [opened, there] = await Promise.all([file.stat({ bigint: true }), stat(real, { bigint: true })]);
  return opened.isFile() && admits(real) && opened.dev === there.dev && opened.ino === there.ino;
}
