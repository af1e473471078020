/**
 * The staged files of a run: encrypted files (sealed-frames.ts) in a directory of mode 0700, with the key of the run.
 */
import { join } from 'node:path';
import type { ChunkWriter, RunFolder } from '../../contracts/ports.ts';
import type { Secret } from '../../contracts/secret.ts';
import { type Files, systemFiles } from '../data-directory/disk.ts';
import { onDisk } from '../data-directory/file-errors.ts';
import { SegmentError } from './gcm.ts';
import { contentSize, FrameWriter, readFrames } from './sealed-frames.ts';

/** Stores the key of a run's staged files. */
export interface StagingKey {
  /** Undefined when there is no key, or it cannot be read any more. */
  find(): Promise<Secret<Buffer> | undefined>;
  /** Finds the key, or makes a new one. */
  findOrMake(): Promise<Secret<Buffer>>;
  delete(): Promise<void>;
}

export class SealedFolder implements RunFolder {
  readonly place: string;
  readonly #key: StagingKey;
  readonly #files: Files;
  #found: Secret<Buffer> | undefined;

  constructor(directory: string, key: StagingKey, files: Files = systemFiles) {
    this.place = directory;
    this.#key = key;
    this.#files = files;
  }

  async open(name: string, keep = 0): Promise<ChunkWriter> {
    return FrameWriter.open(this.#path(name), await this.#reveal(), { keep, files: this.#files });
  }

  remove(name: string): Promise<void> {
    return this.#files.rm(this.#path(name), { force: true });
  }

  /** A directory that is missing or unreadable counts as empty. */
  names(): Promise<string[]> {
    return this.#files.readdir(this.place).catch(() => []);
  }

  async size(name: string): Promise<number | undefined> {
    if (!(await this.#find())) return undefined;
    // An unreadable file counts as missing, and is staged again.
    return contentSize(this.#path(name), this.#files).catch(() => undefined);
  }

  async *read(name: string, bytes: number): AsyncGenerator<Uint8Array, void> {
    yield* readFrames(this.#path(name), await this.#reveal(), bytes, this.#files);
  }

  async put(name: string, content: Uint8Array): Promise<void> {
    const path = this.#path(name);
    const next = `${path}.next`;
    const writer = await FrameWriter.open(next, await this.#reveal(), { name, files: this.#files });
    try {
      await writer.append(content);
    } finally {
      await writer.close();
    }
    await this.#files.rename(next, path);
  }

  async clear(): Promise<void> {
    this.#found = await this.#key.findOrMake();
    await onDisk(this.place, async () => {
      await this.#files.rm(this.place, { recursive: true, force: true });
      await this.#files.mkdir(this.place, { recursive: true, mode: 0o700 });
    });
  }

  async discard(): Promise<void> {
    await this.#key.delete();
    this.#found = undefined;
    await this.#files.rm(this.place, { recursive: true, force: true });
  }

  readonly #path = (name: string): string => join(this.place, name);

  async #find(): Promise<Secret<Buffer> | undefined> {
    this.#found ??= await this.#key.find();
    return this.#found;
  }

  async #reveal(): Promise<Secret<Buffer>> {
    const key = await this.#find();
    if (!key) throw new SegmentError('the key is gone');
    return key;
  }
}
