/**
 * Sealing of a long stream in segments (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár): each segment is
 * AES-256-GCM under the file's own key, its nonce the segment's number and whether it is the last. So nothing is given out
 * that was not authenticated; a segment that was changed, moved, doubled or left out does not open, and neither does the last
 * one of a file that was cut off or lengthened. Any segment opens by itself, which is what random access needs.
 *
 * A key seals one file, once: that is what makes counted nonces safe. Sealed form: each segment's bytes, then its tag.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { Secret } from '../../contracts/secret.ts';

export const SEGMENT_BYTES = 1 << 18;
const TAG_BYTES = 16;
export const SEALED_SEGMENT_BYTES = SEGMENT_BYTES + TAG_BYTES;

/** What was read is not what was written under this key. */
export class SegmentError extends Error {
  override readonly name = 'SegmentError';
}

export const newFileKey = (): Secret<Buffer> => new Secret(randomBytes(32));

/** How many segments hold `size` bytes; an empty file has one, which says so. */
export const segmentsFor = (size: number): number => Math.max(1, Math.ceil(size / SEGMENT_BYTES));

export const sealedSize = (size: number): number => size + segmentsFor(size) * TAG_BYTES;

/** @param plain at most `SEGMENT_BYTES`, and exactly so many unless it is the last */
export function sealSegment(
  key: Secret<Buffer>,
  index: number,
  isLast: boolean,
  plain: Uint8Array,
): readonly [bytes: Buffer, tag: Buffer] {
  const cipher = createCipheriv('aes-256-gcm', key.reveal(), nonceOf(index, isLast));
  const bytes = cipher.update(plain);
  cipher.final();
  return [bytes, cipher.getAuthTag()];
}

/** @throws {SegmentError} */
export function openSegment(
  key: Secret<Buffer>,
  index: number,
  isLast: boolean,
  sealed: Uint8Array,
): Uint8Array {
  if (sealed.length < TAG_BYTES) throw new SegmentError('the segment is cut off');
  const end = sealed.length - TAG_BYTES;
  const decipher = createDecipheriv('aes-256-gcm', key.reveal(), nonceOf(index, isLast), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAuthTag(sealed.subarray(end));
  const plain = decipher.update(sealed.subarray(0, end));
  try {
    decipher.final();
  } catch {
    plain.fill(0);
    // No cause: OpenSSL's words say nothing.
    throw new SegmentError('the segment was changed, moved, or sealed with another key');
  }
  return plain;
}

function nonceOf(index: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(index, 7);
  nonce.writeUInt8(isLast ? 1 : 0, 11);
  return nonce;
}
