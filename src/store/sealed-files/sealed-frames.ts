/**
 * An encrypted file that can be appended to, and cut back and continued. It is a row of frames, each AES-256-GCM with
 * a random nonce of its own. So one key may seal many files, and may seal the same position again with other bytes.
 * That happens when a process dies and the next one continues. (Random nonces of 96 bits are safe for up to 2^32
 * frames of a key. A frame holds up to 1 MiB, and each run has its own key.)
 *
 * A frame is bound to the name of its file and to its offset in the content, so it cannot be moved. A file that is
 * cut off between two frames looks complete, so a reader must know how many bytes to expect.
 *
 * The key may have sealed another frame for the same place, so frames alone do not show that the content is the last
 * one that was written. The digest over the tags of all frames shows it: each tag stands for the content of its frame.
 * A reader who has it needs no digest of the content.
 *
 * Form of a frame: the length of its content (4 bytes, big endian), the nonce, the encrypted content, the tag.
 */
import { createHash, type Hash, randomBytes } from 'node:crypto';
import { basename } from 'node:path';
import type { Secret } from '../../domain/values/secret.ts';
import { type Files, type OpenFile, systemFiles } from '../data-directory/disk.ts';
import { NONCE_BYTES, SegmentError, seal, TAG_BYTES, unseal } from './gcm.ts';

/** The most content of one frame. */
export const FRAME_BYTES = 1 << 20;
const LENGTH_BYTES = 4;
const HEAD_BYTES = LENGTH_BYTES + NONCE_BYTES;

/** The position of a frame in the file, and the offset of its content in the whole content. */
interface Frame {
  readonly position: number;
  readonly offset: number;
  readonly length: number;
}

const sizeOf = (length: number): number => HEAD_BYTES + length + TAG_BYTES;

interface FrameOptions {
  readonly keep?: number;
  readonly name?: string;
  readonly files?: Files;
}

/** Appends to a sealed file. */
export class FrameWriter {
  readonly #file: OpenFile;
  readonly #key: Secret<Buffer>;
  readonly #name: string;
  /** Undefined for a file that is continued, because this writer has not seen the tags before. */
  readonly #tags: Hash | undefined;
  #position: number;
  #offset: number;

  private constructor(file: OpenFile, key: Secret<Buffer>, name: string, position: number, offset: number) {
    this.#tags = offset === 0 ? createHash('sha256') : undefined;
    this.#file = file;
    this.#key = key;
    this.#name = name;
    this.#position = position;
    this.#offset = offset;
  }

  /**
   * Creates a file of mode 0600, or continues one after the first `keep` bytes of its content and cuts off the rest.
   * @param name the name at reading, if the file will be renamed
   * @throws {SegmentError} when no frame ends there; errors of the file system
   */
  static async open(
    path: string,
    key: Secret<Buffer>,
    { keep = 0, name = basename(path), files = systemFiles }: FrameOptions = {},
  ): Promise<FrameWriter> {
    const file = await files.open(path, keep > 0 ? 'r+' : 'w', 0o600);
    try {
      const position = await endOf(file, keep);
      if (keep > 0) await file.truncate(position);
      return new FrameWriter(file, key, name, position, keep);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Encrypts before it returns, so the caller may reuse the buffer at once. Resolves when the bytes are written. */
  async append(bytes: Uint8Array): Promise<void> {
    const parts: Uint8Array[] = [];
    for (let done = 0; done < bytes.length; done += FRAME_BYTES) {
      const plain = bytes.subarray(done, done + FRAME_BYTES);
      const nonce = randomBytes(NONCE_BYTES);
      const [sealed, tag] = seal(this.#key, { nonce, additional: additionalData(this.#name, this.#offset) }, plain);
      parts.push(lengthField(plain.length), nonce, sealed, tag);
      this.#tags?.update(tag);
      this.#offset += plain.length;
    }
    const position = this.#position;
    this.#position += parts.reduce((sum, { length }) => sum + length, 0);
    await writeAll(this.#file, parts, position);
  }

  /** @returns SHA-256 over the tags of all frames, in hexadecimal; undefined for a file that was continued */
  async close(): Promise<string | undefined> {
    await this.#file.close();
    return this.#tags?.digest('hex');
  }
}

interface ReadOptions {
  /** What `FrameWriter.close` returned for these bytes. It is compared before the last frame is returned. */
  readonly tags?: string | undefined;
  readonly files?: Files;
}

/**
 * Reads the first `bytes` bytes of a sealed file's content. It returns nothing of a frame before the whole frame is
 * authenticated.
 * @throws {SegmentError} when they are missing or not as they were written; errors of the file system
 */
export async function* readFrames(
  path: string,
  key: Secret<Buffer>,
  bytes: number,
  { tags, files = systemFiles }: ReadOptions = {},
): AsyncGenerator<Buffer, void> {
  const hash = tags === undefined ? undefined : createHash('sha256');
  const file = await files.open(path, 'r');
  try {
    let sealed = Buffer.alloc(0);
    let offset = 0;
    for await (const frame of framesOf(file)) {
      if (offset === bytes) return;
      if (offset + frame.length > bytes) throw new SegmentError('no frame ends where the content should');
      const size = sizeOf(frame.length) - LENGTH_BYTES;
      if (sealed.length < size) sealed = Buffer.allocUnsafeSlow(size);
      await readAll(file, sealed.subarray(0, size), frame.position + LENGTH_BYTES);
      const nonce = sealed.subarray(0, NONCE_BYTES);
      const plain = unseal(
        key,
        { nonce, additional: additionalData(basename(path), offset) },
        sealed.subarray(NONCE_BYTES, size),
      );
      offset += frame.length;
      hash?.update(sealed.subarray(size - TAG_BYTES, size));
      if (offset === bytes && hash && hash.digest('hex') !== tags)
        throw new SegmentError('the frames are not those that were written last');
      yield plain;
    }
    if (offset < bytes) throw new SegmentError('the file is cut off');
  } finally {
    await file.close();
  }
}

/** The size of the content in complete frames, from their length fields alone. */
export async function contentSize(path: string, files = systemFiles): Promise<number> {
  const file = await files.open(path, 'r');
  try {
    let size = 0;
    for await (const { offset, length } of framesOf(file)) size = offset + length;
    return size;
  } finally {
    await file.close();
  }
}

/** The position after the frames with the first `bytes` bytes. */
async function endOf(file: OpenFile, bytes: number): Promise<number> {
  if (bytes === 0) return 0;
  for await (const { position, offset, length } of framesOf(file)) {
    if (offset + length === bytes) return position + sizeOf(length);
    if (offset + length > bytes) break;
  }
  throw new SegmentError('no frame ends where the content should');
}

/** The complete frames of a file, up to the first invalid one. */
async function* framesOf(file: OpenFile): AsyncGenerator<Frame, void> {
  const { size } = await file.stat();
  const head = Buffer.alloc(LENGTH_BYTES);
  for (let position = 0, offset = 0; position + sizeOf(1) <= size; ) {
    await readAll(file, head, position);
    const length = head.readUInt32BE();
    if (length === 0 || length > FRAME_BYTES || position + sizeOf(length) > size) return;
    yield { position, offset, length };
    position += sizeOf(length);
    offset += length;
  }
}

const additionalData = (name: string, offset: number): Buffer => Buffer.from(JSON.stringify([name, offset]));

function lengthField(length: number): Buffer {
  const field = Buffer.alloc(LENGTH_BYTES);
  field.writeUInt32BE(length);
  return field;
}

async function readAll(file: OpenFile, target: Buffer, position: number): Promise<void> {
  for (let done = 0; done < target.length; ) {
    const { bytesRead } = await file.read(target, done, target.length - done, position + done);
    if (bytesRead === 0) throw new SegmentError('the file is cut off');
    done += bytesRead;
  }
}

/** A single write may write only a part. */
async function writeAll(file: OpenFile, parts: Uint8Array[], position: number): Promise<void> {
  const total = parts.reduce((sum, { length }) => sum + length, 0);
  let { bytesWritten: done } = await file.writev(parts, position);
  if (done === total) return;
  const bytes = Buffer.concat(parts);
  while (done < total) {
    done += (await file.write(bytes, done, total - done, position + done)).bytesWritten;
  }
}
