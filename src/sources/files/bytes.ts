/** The raw bytes of a location: compressed or not, in any encoding. */

import { constants, openSync } from 'node:fs';
import type { Readable } from 'node:stream';
import type * as Read from './http/read.ts';
import { type FileLocation, type Location, openFile, unreadable } from './location.ts';
import { PipeReader } from './pipe-reader.ts';

/** Large enough that the cost per block is small beside the work on its bytes. */
const BLOCK_SIZE = 1 << 20;

export interface ByteStream {
  /** Each block is valid until the next one is requested, because its memory may be used again. */
  readonly blocks: AsyncGenerator<Uint8Array, void>;
  /** The number of bytes read so far, and the size in all when it is known. */
  position(): { readonly read: number; readonly size: number | undefined };
}

/** Opens a location. When `signal` aborts, the blocks end with the signal's reason. */
export function readBytes(location: Location, stdin: Readable, signal: AbortSignal): ByteStream {
  let read = 0;
  let size = 'size' in location ? location.size : undefined;
  const blocks = async function* () {
    signal.throwIfAborted();
    const source = opened(location, stdin, signal, (length) => {
      size = length;
    });
    for await (const block of source) {
      signal.throwIfAborted();
      read += block.length;
      yield block;
    }
  };
  return { blocks: blocks(), position: () => ({ read, size }) };
}

function opened(
  location: Location,
  stdin: Readable,
  signal: AbortSignal,
  onSize: (size: number) => void,
): AsyncIterable<Uint8Array> {
  switch (location.kind) {
    case 'file':
      return readFile(location);
    case 'pipe':
      return readPipe(location.path, signal);
    case 'stdin':
      return readStream(stdin, signal);
    case 'origin':
      return location.read({}, signal);
    case 'url':
      return readUrl(location, signal, { onSize });
  }
}

/** Loads the HTTP code only when a URL is read, so that a local file starts faster. */
async function* readUrl(...request: Parameters<typeof Read.readUrl>): AsyncGenerator<Uint8Array, void> {
  const read = await import('./http/read.ts');
  yield* read.readUrl(...request);
}

async function* readFile(
  location: FileLocation & { readonly size?: number | undefined },
): AsyncGenerator<Uint8Array, void> {
  const { path, size } = location;
  const file = await openFile(location);
  try {
    // Each large block brings V8's next garbage collection nearer, and a reader opens many small files.
    const block = Buffer.allocUnsafeSlow(Math.min(size || BLOCK_SIZE, BLOCK_SIZE));
    for (;;) {
      const { bytesRead } = await file.read(block, 0, block.length).catch((cause) => {
        throw unreadable(path, cause);
      });
      if (bytesRead === 0) return;
      yield block.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

/**
 * Uses events and stops on abort. A thread that is blocked in a read, or that waits for a writer, would delay
 * the end of the process.
 */
async function* readPipe(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
  const reader = openPipe(path);
  const stop = () => reader.destroy();
  signal.addEventListener('abort', stop, { once: true });
  try {
    yield* reader.blocks();
  } catch (cause) {
    throw unreadable(path, cause);
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
  signal.throwIfAborted();
}

function openPipe(path: string): PipeReader {
  try {
    return new PipeReader(openSync(path, constants.O_RDONLY | constants.O_NONBLOCK));
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** Destroys the stream on abort. A read of standard input that waits for a person would not end otherwise. */
async function* readStream(stream: Readable, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
  const stop = () => stream.destroy();
  signal.addEventListener('abort', stop, { once: true });
  try {
    for await (const block of stream) yield typeof block === 'string' ? Buffer.from(block) : block;
  } catch (cause) {
    signal.throwIfAborted();
    throw unreadable('standard input', cause);
  } finally {
    signal.removeEventListener('abort', stop);
  }
  signal.throwIfAborted();
}
