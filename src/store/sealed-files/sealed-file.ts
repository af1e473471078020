/**
 * A file whose content is encrypted while it is written and decrypted while it is read. The disk never holds a plain
 * byte of it.
 *
 * It is the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár: a row of segments, each AES-256-GCM with
 * the file's own key. The nonce is the number of the segment, and whether it is the last. So only authenticated
 * content is returned. A segment that was changed, moved, copied or removed does not open, and neither does the last
 * one of a file that was cut off or lengthened. A segment opens without the others, which random access needs.
 *
 * A key seals one file, once. Therefore counted nonces are safe. Form of a segment: the encrypted bytes, then their
 * tag.
 */
import { type FileHandle, open } from 'node:fs/promises';
import type { Secret } from '../../domain/values/secret.ts';
import { NONCE_BYTES, SegmentError, seal, TAG_BYTES, unseal } from './gcm.ts';

/** Writes a new file piece by piece. */
export class SealedWriter {
  readonly #file: FileHandle;
  readonly #key: Secret<Buffer>;
  readonly #segment = Buffer.allocUnsafeSlow(SEGMENT_BYTES);
  #index = 0;
  #filled = 0;
  #size = 0;

  private constructor(file: FileHandle, key: Secret<Buffer>) {
    this.#file = file;
    this.#key = key;
  }

  /** Makes the file, mode 0600. @throws the errors of the file system */
  static async open(path: string, key: Secret<Buffer>): Promise<SealedWriter> {
    return new SealedWriter(await open(path, 'wx', 0o600), key);
  }

  /** The size of the content so far, in bytes. */
  get size(): number {
    return this.#size;
  }

  /** @param block may change when it resolves */
  async write(block: Uint8Array): Promise<void> {
    this.#size += block.length;
    for (let done = 0; done < block.length; ) {
      // A full segment is written only now, because now it is known not to be the last.
      if (this.#filled === SEGMENT_BYTES) await this.#writeSegment(false);
      const part = block.subarray(done, done + SEGMENT_BYTES - this.#filled);
      this.#segment.set(part, this.#filled);
      this.#filled += part.length;
      done += part.length;
    }
  }

  /** Writes the last segment, and syncs the file to the disk. */
  async end(): Promise<void> {
    await this.#writeSegment(true);
    await this.#file.sync();
  }

  /** Closes the file. Without `end` it is useless. */
  async close(): Promise<void> {
    this.#segment.fill(0);
    await this.#file.close();
  }

  async #writeSegment(isLast: boolean): Promise<void> {
    for (const part of sealSegment(this.#key, this.#index, isLast, this.#segment.subarray(0, this.#filled))) {
      await this.#file.appendFile(part);
    }
    this.#index += 1;
    this.#filled = 0;
  }
}

/**
 * Writes a new file, mode 0600, and syncs it to the disk.
 * @param onBytes called with the size so far, before those bytes are written; its error ends the writing
 * @returns the size of the content in bytes
 * @throws the errors of `bytes` and of the file system; the file is then useless
 */
export async function writeSealed(
  path: string,
  key: Secret<Buffer>,
  bytes: AsyncIterable<Uint8Array>,
  onBytes: (size: number) => void | Promise<void> = () => {},
): Promise<number> {
  const writer = await SealedWriter.open(path, key);
  try {
    for await (const block of bytes) {
      await onBytes(writer.size + block.length);
      await writer.write(block);
    }
    await writer.end();
    return writer.size;
  } finally {
    await writer.close();
  }
}

/**
 * Reads the bytes from `start` to before `end` of a file with `size` bytes of content. It returns nothing of a
 * segment before the whole segment is authenticated.
 * @throws {SegmentError} when the file is not as it was written; errors of the file system
 */
export async function* readSealed(
  path: string,
  key: Secret<Buffer>,
  { size, start = 0, end = size }: { size: number; start?: number; end?: number },
): AsyncGenerator<Uint8Array, void> {
  const file = await open(path, 'r');
  try {
    if ((await file.stat()).size !== sealedSize(size)) throw new SegmentError('the file is cut off or longer');
    const count = segmentsFor(size);
    const sealed = Buffer.allocUnsafeSlow(SEALED_SEGMENT_BYTES);
    for (let index = Math.floor(start / SEGMENT_BYTES); index < count; index += 1) {
      const from = index * SEGMENT_BYTES;
      // The last segment is opened even for an empty range, because only it shows that the file is complete.
      if (from >= end && index > 0) return;
      let length = 0;
      for (;;) {
        const position = index * SEALED_SEGMENT_BYTES + length;
        const { bytesRead } = await file.read(sealed, length, SEALED_SEGMENT_BYTES - length, position);
        length += bytesRead;
        if (bytesRead === 0 || length === SEALED_SEGMENT_BYTES) break;
      }
      const plain = openSegment(key, index, index === count - 1, sealed.subarray(0, length));
      const part = plain.subarray(Math.max(0, start - from), Math.max(0, end - from));
      if (part.length > 0) yield part;
    }
  } finally {
    await file.close();
  }
}

export const SEGMENT_BYTES = 1 << 18;
export const SEALED_SEGMENT_BYTES = SEGMENT_BYTES + TAG_BYTES;

/** The number of segments for `size` bytes. An empty file has one, which shows that it is empty. */
export const segmentsFor = (size: number): number => Math.max(1, Math.ceil(size / SEGMENT_BYTES));

export const sealedSize = (size: number): number => size + segmentsFor(size) * TAG_BYTES;

/** @param plain exactly `SEGMENT_BYTES` bytes; the last segment may have fewer */
export const sealSegment = (
  key: Secret<Buffer>,
  index: number,
  isLast: boolean,
  plain: Uint8Array,
): readonly [bytes: Buffer, tag: Buffer] => seal(key, { nonce: nonceOf(index, isLast) }, plain);

/** @throws {SegmentError} */
export const openSegment = (key: Secret<Buffer>, index: number, isLast: boolean, sealed: Uint8Array): Uint8Array =>
  unseal(key, { nonce: nonceOf(index, isLast) }, sealed);

function nonceOf(index: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(NONCE_BYTES);
  nonce.writeUInt32BE(index, 7);
  nonce.writeUInt8(isLast ? 1 : 0, 11);
  return nonce;
}
