/** A file whose content is sealed while it is written and opened while it is read: no plain byte of it is on the disk. */
import { open } from 'node:fs/promises';
import type { Secret } from '../../contracts/secret.ts';
import { SegmentError } from './gcm.ts';
import {
  openSegment,
  SEALED_SEGMENT_BYTES,
  SEGMENT_BYTES,
  sealedSize,
  sealSegment,
  segmentsFor,
} from './segments.ts';

/**
 * Writes a new file, mode 0600, that is on the disk when this ends.
 * @param onBytes told how many bytes there are so far, before they are written; what it throws ends the writing
 * @returns how many bytes it holds
 * @throws whatever `bytes` and the file system do: what is there then is of no use
 */
export async function writeSealed(
  path: string,
  key: Secret<Buffer>,
  bytes: AsyncIterable<Uint8Array>,
  onBytes: (size: number) => void | Promise<void> = () => {},
): Promise<number> {
  const file = await open(path, 'wx', 0o600);
  const segment = Buffer.allocUnsafeSlow(SEGMENT_BYTES);
  try {
    let size = 0;
    let index = 0;
    let filled = 0;
    const put = async (isLast: boolean) => {
      for (const part of sealSegment(key, index, isLast, segment.subarray(0, filled))) {
        await file.appendFile(part);
      }
      index += 1;
      filled = 0;
    };
    for await (const block of bytes) {
      size += block.length;
      await onBytes(size);
      for (let done = 0; done < block.length; ) {
        // Only now is it known that a full segment is not the last.
        if (filled === SEGMENT_BYTES) await put(false);
        const part = block.subarray(done, done + SEGMENT_BYTES - filled);
        segment.set(part, filled);
        filled += part.length;
        done += part.length;
      }
    }
    await put(true);
    await file.sync();
    return size;
  } finally {
    segment.fill(0);
    await file.close();
  }
}

/**
 * The bytes from `start` to before `end` of a file that holds `size` bytes; nothing of a segment is given before all of it was
 * authenticated.
 * @throws {SegmentError} when it is not as it was written; what the file system throws
 */
export async function* readSealed(
  path: string,
  key: Secret<Buffer>,
  { size, start = 0, end = size }: { size: number; start?: number; end?: number },
): AsyncGenerator<Uint8Array, void> {
  const file = await open(path, 'r');
  try {
    if ((await file.stat()).size !== sealedSize(size))
      throw new SegmentError('the file is cut off or longer');
    const count = segmentsFor(size);
    const sealed = Buffer.allocUnsafeSlow(SEALED_SEGMENT_BYTES);
    for (let index = Math.floor(start / SEGMENT_BYTES); index < count; index += 1) {
      const from = index * SEGMENT_BYTES;
      // The last is opened even for an empty range: only it says that the file is whole.
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
