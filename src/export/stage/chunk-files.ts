/**
 * The chunk files of one staging, and the folders for them that belong to no run. (Folders of runs are a
 * port: `RunFolder`.) The files are written one after another, and all are removed when the staging fails for
 * good. A staging that continues gets the existing parts, and does not write their lines again.
 */
import { createHash, type Hash } from 'node:crypto';
import type { ChunkFolder, ChunkWriter, RunFolder } from '../../contracts/ports.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { internalFact, sentence } from '../../domain/text/sentence.ts';
import type { Part } from './checkpoint-shape.ts';
import type { StagedChunk } from './types.ts';

interface OpenChunk {
  readonly name: string;
  readonly file: ChunkWriter;
  readonly digest: Hash;
  /** How much of the file existed before. */
  readonly kept: number;
  bytes: number;
}

/** The heading as it stands in a file. Empty without one. */
export const headingBytes = (heading: string | undefined): Uint8Array =>
  Buffer.from(heading === undefined ? '' : `${heading}\n`);

export class ChunkFiles {
  readonly #folder: ChunkFolder;
  readonly #nameOf: (index: number) => string;
  readonly #heading: Uint8Array;
  readonly #kept: readonly Part[];
  readonly #complete: StagedChunk[] = [];
  readonly #names: string[] = [];
  #current: OpenChunk | undefined;

  /** @param heading the first bytes of each file */
  constructor(folder: ChunkFolder, nameOf: (index: number) => string, heading: Uint8Array, kept: readonly Part[] = []) {
    this.#folder = folder;
    this.#nameOf = nameOf;
    this.#heading = heading;
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

  /**
   * Appends complete lines to the current chunk, or starts one. @throws {LineupError} `disk_full`
   * `storage_failed`
   */
  async write(lines: Uint8Array): Promise<void> {
    try {
      if (!this.#current) {
        this.#current = await this.#begin();
        if (this.#heading.length > 0) await append(this.#current, this.#heading);
      }
      await append(this.#current, lines);
    } catch (error) {
      throw explainDisk(this.#folder.place, error);
    }
  }

  /** Completes the current chunk. @throws {LineupError} `disk_full` `storage_failed` */
  async endChunk(records: number): Promise<void> {
    const chunk = this.#current;
    if (!chunk) return;
    this.#current = undefined;
    const { name, bytes } = chunk;
    const sha256 = chunk.digest.digest('hex');
    await chunk.file.close(sha256).catch((error: unknown) => {
      throw explainDisk(this.#folder.place, error);
    });
    this.#complete.push({ index: this.#names.length, file: name, records, bytes, sha256 });
  }

  /** Closes the files and keeps them. Never fails, because another error is already being reported. */
  async leave(): Promise<void> {
    await this.#current?.file.close().catch(() => {});
    this.#current = undefined;
  }

  /** Removes all files of this staging, also earlier ones. Never fails. */
  async discard(): Promise<void> {
    await this.leave();
    const names = new Set([...this.#kept.map((_, n) => this.#nameOf(n + 1)), ...this.#names]);
    await Promise.allSettled([...names].map((name) => this.#folder.remove(name)));
  }

  async #begin(): Promise<OpenChunk> {
    const name = this.#nameOf(this.#names.length + 1);
    const kept = this.#kept[this.#names.length]?.bytes ?? 0;
    // Cuts off what was written after the checkpoint, because those lines come again.
    const file = await this.#folder.open(name, kept);
    this.#names.push(name);
    return { name, file, kept, digest: createHash('sha256'), bytes: 0 };
  }
}

function append(chunk: OpenChunk, lines: Uint8Array): Promise<void> {
  const written = chunk.file.append(lines.subarray(Math.max(0, chunk.kept - chunk.bytes)));
  // While the system writes.
  chunk.digest.update(lines);
  chunk.bytes += lines.length;
  return written;
}

/** Writes no files. The lines are only counted. */
export const noFolder: ChunkFolder = {
  place: 'nowhere',
  open: async () => ({ append: async () => {}, close: async () => {} }),
  remove: async () => {},
};

/** A whole small file beside the chunks. Undefined when there is none. One that cannot be read is another one. */
export async function contentOf(folder: RunFolder, name: string): Promise<Buffer | undefined> {
  const size = await folder.size(name);
  if (size === undefined) return undefined;
  try {
    const parts: Uint8Array[] = [];
    for await (const block of folder.read(name, size)) parts.push(block);
    return Buffer.concat(parts);
  } catch {
    return Buffer.alloc(0);
  }
}

/** The reason of an error when staged files are gone. */
export const GONE = 'ENOENT';

/** Whether somebody has removed the staged files of a run. Then the run stages them again. */
export const areStagedFilesGone = (error: unknown): boolean =>
  error instanceof LineupError &&
  (error.code === 'storage_failed' || error.code === 'staged_file_changed') &&
  error.reason === GONE;

const FULL: readonly string[] = ['ENOSPC', 'EDQUOT', 'EFBIG'];
const REFUSED: readonly string[] = ['EACCES', 'EPERM', 'EROFS'];

/**
 * The error for a failed write to the staging folder: `disk_full` or `storage_failed`. All of them may pass, and
 * another machine may have a better disk. A `LineupError` stays.
 */
export function explainDisk(directory: string, error: unknown): LineupError {
  if (error instanceof LineupError) return error;
  const place = internalFact(directory, sentence`the data directory`);
  const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  const options = { reason, retryable: true, cause: error };
  if (FULL.includes(reason)) {
    return new LineupError(
      'disk_full',
      sentence`There is no space for the staged chunks in ${place}, and those of this run were removed. Free some space (65 bytes per member). The next attempt reads the source from the beginning.`,
      options,
    );
  }
  if (REFUSED.includes(reason)) {
    return new LineupError(
      'storage_failed',
      sentence`The staged chunks cannot be written to ${place}, because it is read-only or belongs to another user (${reason}). Give the user of Lineup write permission there.`,
      options,
    );
  }
  return new LineupError(
    'storage_failed',
    sentence`The staged chunks could not be written to ${place} (${reason}).`,
    options,
  );
}
