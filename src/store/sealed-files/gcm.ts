/** AES-256-GCM with Node's words put right: what does not authenticate is never given out. */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { Secret } from '../../contracts/secret.ts';

export const TAG_BYTES = 16;
export const NONCE_BYTES = 12;

/** What was read is not what was written under this key. */
export class SegmentError extends Error {
  override readonly name = 'SegmentError';
}

/** What one sealing is made with: a nonce that this key has never seen, and what is authenticated besides the bytes. */
export interface Sealing {
  readonly nonce: Uint8Array;
  readonly about?: Uint8Array;
}

export function seal(
  key: Secret<Buffer>,
  { nonce, about }: Sealing,
  plain: Uint8Array,
): readonly [bytes: Buffer, tag: Buffer] {
  const cipher = createCipheriv('aes-256-gcm', key.reveal(), nonce);
  if (about) cipher.setAAD(about);
  const bytes = cipher.update(plain);
  cipher.final();
  return [bytes, cipher.getAuthTag()];
}

/** @param sealed the bytes, then their tag @throws {SegmentError} */
export function unseal(key: Secret<Buffer>, { nonce, about }: Sealing, sealed: Uint8Array): Buffer {
  if (sealed.length < TAG_BYTES) throw new SegmentError('the segment is cut off');
  const end = sealed.length - TAG_BYTES;
  const decipher = createDecipheriv('aes-256-gcm', key.reveal(), nonce, { authTagLength: TAG_BYTES });
  if (about) decipher.setAAD(about);
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
