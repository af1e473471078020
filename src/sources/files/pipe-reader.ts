/**
 * Reads a pipe into the same few buffers over and over: a buffer of its own for each read costs more than the reading. By
 * events, so that no thread of the pool is held by a pipe that is empty.
 */

import { execFile } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** As much as a pipe holds. */
const BUFFER_SIZE = 1 << 16;
/** One is given away, one is read into, the others wait between. */
const BUFFERS = 4;

export class PipeReader {
  readonly #socket: Socket;
  readonly #buffers = Array.from({ length: BUFFERS }, () => Buffer.allocUnsafeSlow(BUFFER_SIZE));
  /** The buffer for the next read; those before it that are `#read` long hold what was read and not taken. */
  #next = 0;
  readonly #read: Uint8Array[] = [];
  #given = 0;
  #failure: Error | undefined;
  #wake = () => {};

  /** @param fd of the reading end, non-blocking; closed with the reader */
  constructor(fd: number) {
    const onread = {
      buffer: () => this.#buffers[this.#next++ % BUFFERS]!,
      callback: (length: number, buffer: Uint8Array) => this.#take(buffer.subarray(0, length)),
    };
    this.#socket = new Socket({ fd, readable: true, writable: false, onread });
    this.#socket.on('error', (error) => {
      this.#failure = error;
    });
    this.#socket.on('close', () => this.#wake());
  }

  /** Each block is valid until the next is asked for. Ends when the last writer has closed, or at `destroy`. */
  async *blocks(): AsyncGenerator<Uint8Array, void> {
    for (;;) {
      const block = this.#read.shift();
      if (block) {
        this.#given = 1;
        yield block;
        this.#given = 0;
        this.#socket.resume();
      } else {
        if (this.#failure) throw this.#failure;
        if (this.#socket.closed) return;
        const { promise, resolve } = Promise.withResolvers<void>();
        this.#wake = resolve;
        this.#socket.resume();
        await promise;
      }
    }
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** False when there is no free buffer left but the one that the next read goes to: reading then pauses. */
  #take(block: Uint8Array): boolean {
    this.#read.push(block);
    this.#wake();
    return this.#read.length + this.#given < BUFFERS - 1;
  }
}

/** A named pipe: a library that writes to a path writes to this process, and nothing lands on the disk. */
export interface Fifo {
  /** Where to write. */
  readonly path: string;
  /** What was written. Destroying it fails the writer's next write instead of blocking it. */
  readonly reader: PipeReader;
  /** Says that no writer comes any more: the reader ends when the last one has closed. */
  end(): void;
  /** Removes the pipe. Safe to call twice. */
  close(): Promise<void>;
}

export async function makeFifo(): Promise<Fifo> {
  const directory = await mkdtemp(join(tmpdir(), 'lineup-'));
  let keeper: number | undefined;
  const end = () => {
    if (keeper !== undefined) closeSync(keeper);
    keeper = undefined;
  };
  try {
    const path = join(directory, 'values');
    await promisify(execFile)('mkfifo', ['-m', '600', path]);
    // Non-blocking, the reading end first: neither open waits for the other side.
    const reader = new PipeReader(openSync(path, constants.O_RDONLY | constants.O_NONBLOCK));
    // Keeps the pipe from ending between two writers.
    keeper = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
    const close = async () => {
      end();
      reader.destroy();
      await rm(directory, { recursive: true, force: true });
    };
    return { path, reader, end, close };
  } catch (error) {
    end();
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}
