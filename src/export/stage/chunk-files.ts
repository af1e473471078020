/** The chunk files of one staging: written one after the other, all removed again when it fails. */
import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LineupError } from '../../contracts/errors.ts';
import type { StagedChunk } from './types.ts';

interface OpenChunk {
  readonly name: string;
  readonly handle: FileHandle;
  readonly digest: Hash;
  bytes: number;
}

export class ChunkFiles {
  readonly #directory: string;
  readonly #nameOf: (index: number) => string;
  readonly #complete: StagedChunk[] = [];
  readonly #names: string[] = [];
  #current: OpenChunk | undefined;

  constructor(directory: string, nameOf: (index: number) => string) {
    this.#directory = directory;
    this.#nameOf = nameOf;
  }

  get complete(): readonly StagedChunk[] {
    return this.#complete;
  }

  /** Appends whole lines to the current chunk, and begins it if there is none. @throws {LineupError} `disk_full` `storage_failed` */
  async write(lines: Uint8Array): Promise<void> {
    try {
      this.#current ??= await this.#begin();
      const written = writeAll(this.#current.handle, lines);
      // While the system writes.
      this.#current.digest.update(lines);
      this.#current.bytes += lines.length;
      await written;
    } catch (error) {
      throw this.#explain(error);
    }
  }

  /** Completes the current chunk. @throws {LineupError} `disk_full` `storage_failed` */
  async endChunk(records: number): Promise<void> {
    const chunk = this.#current;
    if (!chunk) return;
    this.#current = undefined;
    await chunk.handle.close().catch((error: unknown) => {
      throw this.#explain(error);
    });
    const { name, digest, bytes } = chunk;
    this.#complete.push({
      index: this.#names.length,
      file: name,
      records,
      bytes,
      sha256: digest.digest('hex'),
    });
  }

  /** Removes every file that was begun here. Never fails: what led here is the failure to tell. */
  async discard(): Promise<void> {
    await this.#current?.handle.close().catch(() => {});
    this.#current = undefined;
    await Promise.allSettled(this.#names.map((name) => rm(join(this.#directory, name), { force: true })));
  }

  async #begin(): Promise<OpenChunk> {
    const name = this.#nameOf(this.#names.length + 1);
    const handle = await open(join(this.#directory, name), 'w', 0o600);
    this.#names.push(name);
    return { name, handle, digest: createHash('sha256'), bytes: 0 };
  }

  #explain(error: unknown): LineupError {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    if (code === 'ENOSPC' || code === 'EDQUOT') {
      return new LineupError(
        'disk_full',
        `There is no room left for the staged chunks in ${this.#directory}; those of this run were removed. Free some space (65 bytes a member) or choose a directory on another disk, then start again.`,
        { reason: code, cause: error },
      );
    }
    return new LineupError(
      'storage_failed',
      `The staged chunks could not be written to ${this.#directory} (${code}).`,
      {
        reason: code,
        cause: error,
      },
    );
  }
}

/** A write may take less than it was given. */
async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await handle.write(bytes, at)).bytesWritten;
}
