/** Where the bytes of a source are, as what can be opened. */
import { LineupError } from '../../contracts/errors.ts';
import { sentence } from '../../contracts/sentence.ts';
import type { UrlAccess } from './http/access.ts';

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
