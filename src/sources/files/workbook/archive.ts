/** The container of a workbook: a ZIP archive whose entries are read as streams. */
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import {
  type Entry,
  fromBufferPromise,
  fromRandomAccessReaderPromise,
  openPromise,
  RandomAccessReader,
  type ZipFile,
} from 'yauzl';
import { LineupError } from '../../../domain/errors/errors.ts';
import { type ByteOrigin, unreadable } from '../location.ts';
import { notText, tooLarge, unsound, WITH_PASSWORD } from './faults.ts';

/** Many times the number in the largest workbook. */
const MAX_ENTRIES = 10_000;

/** A path, bytes that are kept elsewhere, or the whole archive in memory. */
export type ArchiveAt = string | ByteOrigin | Buffer;

export class Archive {
  readonly #name: string;
  readonly #zip: ZipFile;
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #signal: AbortSignal;

  private constructor(name: string, zip: ZipFile, entries: ReadonlyMap<string, Entry>, signal: AbortSignal) {
    this.#name = name;
    this.#zip = zip;
    this.#entries = entries;
    this.#signal = signal;
  }

  /**
   * @param name for messages
   * @throws {LineupError} `source_unreadable` when the archive is damaged or cut off
   */
  static async open(at: ArchiveAt, name: string, signal: AbortSignal): Promise<Archive> {
    let zip: ZipFile | undefined;
    try {
      zip = await zipAt(at, signal);
      if (zip.entryCount > MAX_ENTRIES) throw unsound(name);
      const entries = new Map<string, Entry>();
      for await (const entry of zip.eachEntry()) {
        signal.throwIfAborted();
        entries.set(keyOf(entry.fileName), entry);
      }
      return new Archive(name, zip, entries, signal);
    } catch (error) {
      zip?.close();
      throw explainArchiveError(error, name, signal);
    }
  }

  /** Whether there is an entry with this name, or in this folder (`xl/`). */
  has(name: string): boolean {
    const key = keyOf(name);
    return this.#entries.has(key) || (key.endsWith('/') && this.#names().some((entry) => entry.startsWith(key)));
  }

  /** The unpacked size in bytes. 0 when there is no such entry. */
  sizeOf(name: string): number {
    return this.#entries.get(keyOf(name))?.uncompressedSize ?? 0;
  }

  /**
   * Unpacks an entry. Gives nothing when there is no such entry. Checks the length and the checksum.
   * @param most the limit in MB
   * @throws {LineupError} `source_unreadable`, `source_unsupported` for a larger entry
   */
  async *read(name: string, most: number): AsyncGenerator<Uint8Array, void> {
    const entry = this.#entries.get(keyOf(name));
    if (!entry) return;
    if (entry.isEncrypted()) throw notText(this.#name, WITH_PASSWORD);
    if (!entry.canDecodeFileData()) throw unsound(this.#name);
    // The archive states the size first. The library makes sure that the data keeps to it.
    if (entry.uncompressedSize > most * 1_000_000) throw tooLarge(this.#name, most);
    let checksum = 0;
    try {
      const stream = await this.#zip.openReadStreamPromise(entry);
      for await (const block of stream as AsyncIterable<Buffer>) {
        this.#signal.throwIfAborted();
        checksum = crc32(block, checksum);
        yield block;
      }
    } catch (error) {
      throw explainArchiveError(error, this.#name, this.#signal);
    }
    if (checksum !== entry.crc32) throw unsound(this.#name);
  }

  close(): void {
    this.#zip.close();
  }

  #names(): string[] {
    return [...this.#entries.keys()];
  }
}

/** Names of parts do not distinguish upper and lower case (Open Packaging Conventions, 6.3.5). */
const keyOf = (name: string): string => name.toLowerCase();

function zipAt(at: ArchiveAt, signal: AbortSignal): Promise<ZipFile> {
  const options = { autoClose: false };
  if (typeof at === 'string') return openPromise(at, options);
  if (Buffer.isBuffer(at)) return fromBufferPromise(at, options);
  return fromRandomAccessReaderPromise(new OriginReader(at, signal), at.size, options);
}

class OriginReader extends RandomAccessReader {
  readonly #origin: ByteOrigin;
  readonly #signal: AbortSignal;

  constructor(origin: ByteOrigin, signal: AbortSignal) {
    super();
    this.#origin = origin;
    this.#signal = signal;
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(copies(this.#origin.read({ start, end }, this.#signal)), { objectMode: false });
  }
}

/** Copies, because the origin uses the memory of its blocks again. */
async function* copies(blocks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void> {
  for await (const block of blocks) yield Buffer.from(block);
}

/** The error for a file that the library or zlib cannot read. */
function explainArchiveError(error: unknown, name: string, signal: AbortSignal): unknown {
  // A stopped reading is not a fault of the file.
  if (error instanceof LineupError || !(error instanceof Error) || signal.aborted) return error;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (syscall !== undefined && code !== undefined) return unreadable(name, error);
  return unsound(name, error);
}
