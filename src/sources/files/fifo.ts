/** A named pipe, which lets a library that writes to a path write to this process, with nothing on disk. */
import { execFile } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PipeReader } from './pipe-reader.ts';

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
