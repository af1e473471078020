/**
 * The chunk files of one staging: written one after the other, all removed again when it fails for good. A staging that goes
 * on is given the parts that are there already; the lines that they hold are not written again.
 */
import { createHash, type Hash } from 'node:crypto';
import type { ChunkFolder, ChunkWriter } from '../../contracts/ports.ts';
import type { Part } from './checkpoint-shape.ts';
import { explainDisk } from './folders.ts';
import type { StagedChunk } from './types.ts';

interface OpenChunk {
  readonly name: string;
  readonly file: ChunkWriter;
  readonly digest: Hash;
  /** How much of it lay there before. */
  readonly kept: number;
  bytes: number;
}

export class ChunkFiles {
  readonly #folder: ChunkFolder;
  readonly #nameOf: (index: number) => string;
  readonly #kept: readonly Part[];
  readonly #complete: StagedChunk[] = [];
  readonly #names: string[] = [];
  #current: OpenChunk | undefined;

  constructor(folder: ChunkFolder, nameOf: (index: number) => string, kept: readonly Part[] = []) {
    this.#folder = folder;
    this.#nameOf = nameOf;
    this.#kept = kept;
  }

  get complete(): readonly StagedChunk[] {
    return this.#complete;
  }

  /** How much of each file is written. */
  get parts(): readonly Part[] {
    const complete = this.#complete.map(({ bytes, sha256 }) => ({ bytes, sha256 }));
    if (!this.#current) return complete;
    const { bytes, digest } = this.#current;
    return [...complete, { bytes, sha256: digest.copy().digest('hex') }];
  }

  /** Appends whole lines to the current chunk, and begins it if there is none. @throws {LineupError} `disk_full` `storage_failed` */
  async write(lines: Uint8Array): Promise<void> {
    try {
      this.#current ??= await this.#begin();
      const chunk = this.#current;
      const written = chunk.file.append(lines.subarray(Math.max(0, chunk.kept - chunk.bytes)));
      // While the system writes.
      chunk.digest.update(lines);
      chunk.bytes += lines.length;
      await written;
    } catch (error) {
      throw explainDisk(this.#folder.place, error);
    }
  }

  /** Completes the current chunk. @throws {LineupError} `disk_full` `storage_failed` */
  async endChunk(records: number): Promise<void> {
    const chunk = this.#current;
    if (!chunk) return;
    this.#current = undefined;
    await chunk.file.close().catch((error: unknown) => {
      throw explainDisk(this.#folder.place, error);
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

  /** Leaves the files as they are. Never fails: what led here is the failure to tell. */
  async leave(): Promise<void> {
    await this.#current?.file.close().catch(() => {});
    this.#current = undefined;
  }

  /** Removes every file that was begun here or before. Never fails, either. */
  async discard(): Promise<void> {
    await this.leave();
    const names = new Set([...this.#kept.map((_, n) => this.#nameOf(n + 1)), ...this.#names]);
    await Promise.allSettled([...names].map((name) => this.#folder.remove(name)));
  }

  async #begin(): Promise<OpenChunk> {
    const name = this.#nameOf(this.#names.length + 1);
    const kept = this.#kept[this.#names.length]?.bytes ?? 0;
    // What was written after the checkpoint is cut off, for it will come again.
    const file = await this.#folder.open(name, kept);
    this.#names.push(name);
    return { name, file, kept, digest: createHash('sha256'), bytes: 0 };
  }
}
