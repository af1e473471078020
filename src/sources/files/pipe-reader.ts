/**
 * Reads a pipe into the same few buffers again and again: a new buffer for each read costs more than the read
 * itself. It uses events, so that an empty pipe does not block a thread of the pool.
 */

import { execFile } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The capacity of a pipe. */
const BUFFER_SIZE = 1 << 16;
/** One is with the consumer, one is being read into, and the others wait in between. */
const BUFFERS = 4;

export class PipeReader {
  readonly #socket: Socket;
  readonly #buffers = Array.from({ length: BUFFERS }, () => Buffer.allocUnsafeSlow(BUFFER_SIZE));
  /** The buffer for the next read. The `#read.length` buffers before it hold data that nobody has taken. */
  #next = 0;
  readonly #read: Uint8Array[] = [];
  #given = 0;
  #failure: Error | undefined;
  #wake = () => {};

  /** @param fd the reading end, non-blocking; closed with the reader */
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

  /**
   * Each block is valid until the next one is requested. Ends when the last writer has closed, or after
   * `destroy`.
   */
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

  /** False when only the buffer of the next read is free. Then reading pauses. */
  #take(block: Uint8Array): boolean {
    this.#read.push(block);
    this.#wake();
    return this.#read.length + this.#given < BUFFERS - 1;
  }
}

/** A named pipe. A library that writes to its path writes to this process, and nothing reaches the disk. */
export interface Fifo {
  /** Where to write. */
  readonly path: string;
  /** What was written. After `destroy`, the next write of the writer fails instead of blocking. */
  readonly reader: PipeReader;
  /** Call it when no more writers come. The reader ends when the last one has closed. */
  end(): void;
  /** Removes the pipe. A second call does nothing. */
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
    // The reading end first, and both non-blocking, so that no open waits for the other side.
    const reader = new PipeReader(openSync(path, constants.O_RDONLY | constants.O_NONBLOCK));
    // Keeps the pipe open between two writers.
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
