/** What an upload sends: a file on the disk, or bytes that the caller reads. */
import { type FileHandle, open } from 'node:fs/promises';

/**
 * Known to LINE by `name`.
 *
 * @example
 * import type { UploadFile } from '@lineup/line-ads';
 *
 * const onDisk: UploadFile = { name: 'vip-members-1.txt', path: 'hashes.txt' };
 * const hashes = new TextEncoder().encode(`${'a'.repeat(64)}\n`);
 * const inMemory: UploadFile = {
 *   name: 'vip-members-1.txt',
 *   bytes: hashes.length,
 *   read: async function* () {
 *     yield hashes;
 *   },
 * };
 */
export type UploadFile = { name: string } & (
  | { path: string; bytes?: undefined; read?: undefined }
  | {
      path?: undefined;
      /** How many there are. */
      bytes: number;
      /** Begins to read them, once for each attempt. What it throws ends the upload before LINE has a whole file. */
      read: () => AsyncIterable<Uint8Array>;
    }
);

/** The file cannot be read, or is no longer what it was when the upload began. */
export class FileFault extends Error {
  override readonly name = 'FileFault';
}

/** The content of one attempt. */
export interface OpenFile {
  readonly size: number;
  /** Exactly `size` bytes; the last ones only when nothing was wrong with any. @throws {FileFault} */
  blocks(): AsyncGenerator<Uint8Array, void>;
  /** Also in the middle of the blocks. */
  close(): Promise<void>;
}

/** @throws {FileFault} */
export const openUploadFile = (file: UploadFile): Promise<OpenFile> =>
  file.path === undefined ? Promise.resolve(openBytes(file)) : openPath(file.path);

/** Large enough to keep a fast connection busy, small enough that memory stays flat. */
const BLOCK_BYTES = 512 * 1024;

async function openPath(path: string): Promise<OpenFile> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path);
    const stats = await handle.stat();
    if (!stats.isFile()) throw new FileFault(`${path} is not a file`);
    const opened = handle;
    return {
      size: stats.size,
      blocks: () => readBlocks(path, opened, stats.size),
      close: () => opened.close(),
    };
  } catch (error) {
    await handle?.close();
    throw asFault(path, error);
  }
}

async function* readBlocks(path: string, handle: FileHandle, size: number): AsyncGenerator<Uint8Array, void> {
  for (let position = 0; ; ) {
    const left = size - position;
    // One byte more than is left, so that a file which has grown shows before the body is complete.
    const length = Math.min(BLOCK_BYTES, left + 1);
    // A new block each time: the socket may still hold the last one.
    const { bytesRead, buffer } = await handle
      .read(Buffer.allocUnsafe(length), 0, length, position)
      .catch((error: unknown) => {
        throw asFault(path, error);
      });
    if (bytesRead > left || (bytesRead === 0 && left > 0)) throw sizeChanged(path);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

function openBytes({ name, bytes, read }: UploadFile & { path?: undefined }): OpenFile {
  const source = read()[Symbol.asyncIterator]();
  async function* blocks(): AsyncGenerator<Uint8Array, void> {
    let size = 0;
    // One block is held back: a fault behind the last byte must come before the body is complete.
    let held: Uint8Array | undefined;
    for (;;) {
      const next = await source.next().catch((error: unknown) => {
        throw asFault(name, error);
      });
      if (next.done) break;
      size += next.value.length;
      if (size > bytes) throw sizeChanged(name);
      if (held) yield held;
      held = next.value;
    }
    if (size < bytes) throw sizeChanged(name);
    if (held) yield held;
  }
  return {
    size: bytes,
    blocks,
    // Whatever it says at its end: the attempt is over.
    close: async () => void (await source.return?.().catch(() => {})),
  };
}

const sizeChanged = (what: string): FileFault => new FileFault(`${what} changed its size while it was sent`);

function asFault(what: string, error: unknown): FileFault {
  if (error instanceof FileFault) return error;
  const code = (error as NodeJS.ErrnoException).code;
  const why = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code ?? 'unknown fault'})`;
  return new FileFault(`${what} ${why}`, { cause: error });
}
