/**
 * A sealed file that grows, and that can be cut back and written on. It is a row of frames, each AES-256-GCM under a random
 * nonce of its own: one key may seal many files, and the same place of a file again with other bytes, which is what happens
 * when a process dies and the next one goes on. (96 random bits: a key that seals less than 2^32 frames is safe. A frame
 * holds up to 1 MiB, and a key has one run.)
 *
 * A frame is bound to the name of its file and to its place in the content, so that none can be moved. Only a file that is
 * cut off between two frames looks whole: whoever reads says how many bytes there must be.
 *
 * Form of a frame: the length of its content (4 bytes, big endian), the nonce, the content, the tag.
 */
import { randomBytes } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Secret } from '../../contracts/secret.ts';
import { NONCE_BYTES, SegmentError, seal, TAG_BYTES, unseal } from './gcm.ts';

/** The most content of one frame. */
export const FRAME_BYTES = 1 << 20;
const LENGTH_BYTES = 4;
const HEAD_BYTES = LENGTH_BYTES + NONCE_BYTES;

/** Where a frame stands in the file, and where its content stands in the whole content. */
interface Frame {
  readonly position: number;
  readonly at: number;
  readonly length: number;
}

const sizeOf = (length: number): number => HEAD_BYTES + length + TAG_BYTES;

/** Writes at the end of a sealed file. */
export class FrameWriter {
  readonly #file: FileHandle;
  readonly #key: Secret<Buffer>;
  readonly #name: string;
  #position: number;
  #at: number;

  private constructor(file: FileHandle, key: Secret<Buffer>, name: string, position: number, at: number) {
    this.#file = file;
    this.#key = key;
    this.#name = name;
    this.#position = position;
    this.#at = at;
  }

  /**
   * Begins a file of mode 0600, or goes on after the first `keep` bytes of its content; the rest is cut off.
   * @param name what it will be read as, should it be renamed
   * @throws {SegmentError} when no frame ends there; what the file system throws
   */
  static async open(
    path: string,
    key: Secret<Buffer>,
    { keep = 0, name = basename(path) }: { keep?: number; name?: string } = {},
  ): Promise<FrameWriter> {
    const file = await open(path, keep > 0 ? 'r+' : 'w', 0o600);
    try {
      const position = await endOf(file, keep);
      if (keep > 0) await file.truncate(position);
      return new FrameWriter(file, key, name, position, keep);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Seals at once, so the bytes may be used again as soon as this returns; resolves when they are written. */
  async append(bytes: Uint8Array): Promise<void> {
    const parts: Uint8Array[] = [];
    for (let done = 0; done < bytes.length; done += FRAME_BYTES) {
      const plain = bytes.subarray(done, done + FRAME_BYTES);
      const nonce = randomBytes(NONCE_BYTES);
      const [sealed, tag] = seal(this.#key, { nonce, about: about(this.#name, this.#at) }, plain);
      parts.push(lengthField(plain.length), nonce, sealed, tag);
      this.#at += plain.length;
    }
    const position = this.#position;
    this.#position += parts.reduce((sum, { length }) => sum + length, 0);
    await writeAll(this.#file, parts, position);
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/**
 * The first `bytes` bytes of a sealed file's content. Nothing of a frame is given before all of it was authenticated.
 * @throws {SegmentError} when they are not as they were written, or not there; what the file system throws
 */
export async function* readFrames(
  path: string,
  key: Secret<Buffer>,
  bytes: number,
): AsyncGenerator<Buffer, void> {
  const file = await open(path, 'r');
  try {
    let sealed = Buffer.alloc(0);
    let at = 0;
    for await (const frame of framesOf(file)) {
      if (at === bytes) return;
      if (at + frame.length > bytes) throw new SegmentError('no frame ends where the content should');
      const size = sizeOf(frame.length) - LENGTH_BYTES;
      if (sealed.length < size) sealed = Buffer.allocUnsafeSlow(size);
      await readAll(file, sealed.subarray(0, size), frame.position + LENGTH_BYTES);
      const nonce = sealed.subarray(0, NONCE_BYTES);
      yield unseal(key, { nonce, about: about(basename(path), at) }, sealed.subarray(NONCE_BYTES, size));
      at += frame.length;
    }
    if (at < bytes) throw new SegmentError('the file is cut off');
  } finally {
    await file.close();
  }
}

/** How many bytes of content whole frames hold, by their lengths alone. */
export async function contentSize(path: string): Promise<number> {
  const file = await open(path, 'r');
  try {
    let size = 0;
    for await (const { at, length } of framesOf(file)) size = at + length;
    return size;
  } finally {
    await file.close();
  }
}

/** Where the frames end that hold the first `bytes` bytes. */
async function endOf(file: FileHandle, bytes: number): Promise<number> {
  if (bytes === 0) return 0;
  for await (const { position, at, length } of framesOf(file)) {
    if (at + length === bytes) return position + sizeOf(length);
    if (at + length > bytes) break;
  }
  throw new SegmentError('no frame ends where the content should');
}

/** The whole frames of a file, up to the first that is none. */
async function* framesOf(file: FileHandle): AsyncGenerator<Frame, void> {
  const { size } = await file.stat();
  const head = Buffer.alloc(LENGTH_BYTES);
  for (let position = 0, at = 0; position + sizeOf(1) <= size; ) {
    await readAll(file, head, position);
    const length = head.readUInt32BE();
    if (length === 0 || length > FRAME_BYTES || position + sizeOf(length) > size) return;
    yield { position, at, length };
    position += sizeOf(length);
    at += length;
  }
}

const about = (name: string, at: number): Buffer => Buffer.from(JSON.stringify([name, at]));

function lengthField(length: number): Buffer {
  const field = Buffer.alloc(LENGTH_BYTES);
  field.writeUInt32BE(length);
  return field;
}

async function readAll(file: FileHandle, target: Buffer, position: number): Promise<void> {
  for (let done = 0; done < target.length; ) {
    const { bytesRead } = await file.read(target, done, target.length - done, position + done);
    if (bytesRead === 0) throw new SegmentError('the file is cut off');
    done += bytesRead;
  }
}

/** A write may take less than it was given. */
async function writeAll(file: FileHandle, parts: Uint8Array[], position: number): Promise<void> {
  const total = parts.reduce((sum, { length }) => sum + length, 0);
  let { bytesWritten: done } = await file.writev(parts, position);
  if (done === total) return;
  const bytes = Buffer.concat(parts);
  while (done < total) {
    done += (await file.write(bytes, done, total - done, position + done)).bytesWritten;
  }
}
