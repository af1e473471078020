/**
 * Sealing of a long stream in segments (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár): each segment is
 * AES-256-GCM under the file's own key, its nonce the segment's number and whether it is the last. So nothing is given out
 * that was not authenticated; a segment that was changed, moved, doubled or left out does not open, and neither does the last
 * one of a file that was cut off or lengthened. Any segment opens by itself, which is what random access needs.
 *
 * A key seals one file, once: that is what makes counted nonces safe. Sealed form: each segment's bytes, then its tag.
 */
import { randomBytes } from 'node:crypto';
import { Secret } from '../../contracts/secret.ts';
import { NONCE_BYTES, seal, TAG_BYTES, unseal } from './gcm.ts';

export const SEGMENT_BYTES = 1 << 18;
export const SEALED_SEGMENT_BYTES = SEGMENT_BYTES + TAG_BYTES;

export const FILE_KEY_BYTES = 32;

export const newFileKey = (): Secret<Buffer> => new Secret(randomBytes(FILE_KEY_BYTES));

/** How many segments hold `size` bytes; an empty file has one, which says so. */
export const segmentsFor = (size: number): number => Math.max(1, Math.ceil(size / SEGMENT_BYTES));

export const sealedSize = (size: number): number => size + segmentsFor(size) * TAG_BYTES;

/** @param plain at most `SEGMENT_BYTES`, and exactly so many unless it is the last */
export const sealSegment = (
  key: Secret<Buffer>,
  index: number,
  isLast: boolean,
  plain: Uint8Array,
): readonly [bytes: Buffer, tag: Buffer] => seal(key, { nonce: nonceOf(index, isLast) }, plain);

/** @throws {SegmentError} */
export const openSegment = (
  key: Secret<Buffer>,
  index: number,
  isLast: boolean,
  sealed: Uint8Array,
): Uint8Array => unseal(key, { nonce: nonceOf(index, isLast) }, sealed);

function nonceOf(index: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(NONCE_BYTES);
  nonce.writeUInt32BE(index, 7);
  nonce.writeUInt8(isLast ? 1 : 0, 11);
  return nonce;
}
