/** AES-256-GCM for files. It never returns content that is not authenticated, as Node's own decipher would. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { Secret } from '../../domain/values/secret.ts';

export const TAG_BYTES = 16;
export const NONCE_BYTES = 12;
export const FILE_KEY_BYTES = 32;

export const newFileKey = (): Secret<Buffer> => new Secret(randomBytes(FILE_KEY_BYTES));

/** The content is not what was written with this key. */
export class SegmentError extends Error {
  override readonly name = 'SegmentError';
}

/** The nonce, which must be new for this key, and additional data that is authenticated with the bytes. */
export interface Sealing {
  readonly nonce: Uint8Array;
  readonly additional?: Uint8Array;
}

export function seal(
  key: Secret<Buffer>,
  { nonce, additional }: Sealing,
  plain: Uint8Array,
): readonly [bytes: Buffer, tag: Buffer] {
  const cipher = createCipheriv('aes-256-gcm', key.reveal(), nonce);
  if (additional) cipher.setAAD(additional);
  const bytes = cipher.update(plain);
  cipher.final();
  return [bytes, cipher.getAuthTag()];
}

/** @param sealed the encrypted bytes, then their tag @throws {SegmentError} */
export function unseal(key: Secret<Buffer>, { nonce, additional }: Sealing, sealed: Uint8Array): Buffer {
  if (sealed.length < TAG_BYTES) throw new SegmentError('the segment is cut off');
  const end = sealed.length - TAG_BYTES;
  const decipher = createDecipheriv('aes-256-gcm', key.reveal(), nonce, { authTagLength: TAG_BYTES });
  if (additional) decipher.setAAD(additional);
  decipher.setAuthTag(sealed.subarray(end));
  const plain = decipher.update(sealed.subarray(0, end));
  try {
    decipher.final();
  } catch {
    plain.fill(0);
    // No cause, because OpenSSL's message says nothing.
    throw new SegmentError('the segment was changed, moved, or sealed with another key');
  }
  return plain;
}
