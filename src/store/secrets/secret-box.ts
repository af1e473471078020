/**
 * Sealing of what is stored and must stay secret: AES-256-GCM. A sealed value is bound to its place (table, row, column) as
 * additional data, so that nobody who can write to the database can move it to another row and have it used there.
 *
 * Envelope: `v1.<key id>.<nonce>.<ciphertext and tag>`, base64url. The nonce is random (96 bits): a key seals some thousands of
 * values in its life, far below the 2^32 at which random nonces begin to matter.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import { Secret } from '../../contracts/secret.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export interface Place {
  readonly table: string;
  readonly row: string;
  readonly column: string;
}

/** One master key: 32 random bytes, of which the keys that seal and digest, and a public id, are derived. */
export interface MasterKey {
  /** Tells keys apart; nothing about the key can be learnt from it. */
  readonly id: string;
  readonly sealing: Secret<Buffer>;
  readonly digesting: Secret<Buffer>;
}

export function masterKey(bytes: Uint8Array): MasterKey {
  const derive = (purpose: string, length: number) =>
    Buffer.from(hkdfSync('sha256', bytes, '', `lineup ${purpose}`, length));
  return {
    id: derive('key id', 4).toString('hex'),
    sealing: new Secret(derive('sealing', 32)),
    digesting: new Secret(derive('digesting', 32)),
  };
}

/** A value was sealed with a key that is not here, was tampered with, or is in another's place. */
export class UnsealError extends Error {
  override readonly name = 'UnsealError';
}

/** Seals with the first of its keys, opens with any. */
export class SecretBox {
  readonly #keys: ReadonlyMap<string, MasterKey>;
  readonly #current: MasterKey;

  /** @throws {TypeError} without any key */
  constructor(keys: readonly MasterKey[]) {
    const [current] = keys;
    if (!current) throw new TypeError('a secret box needs a key');
    this.#current = current;
    this.#keys = new Map(keys.map((key) => [key.id, key]));
  }

  /** The id of the key that seals. */
  get keyId(): string {
    return this.#current.id;
  }

  knows(keyId: string): boolean {
    return this.#keys.has(keyId);
  }

  /**
   * What is compared and need not be read: `<key id>.<HMAC-SHA256 in hex>`. Without the key nobody can try values against it, as
   * they could against a plain digest of something that can be guessed.
   * @param purpose keeps the digests of different uses apart
   */
  digest(purpose: string, text: string): string {
    return `${this.#current.id}.${digestWith(this.#current, purpose, text)}`;
  }

  /** Whether `digest` is that of `text`, also under an older key that is still here. */
  matches(digest: string, purpose: string, text: string): boolean {
    const [keyId = '', kept = ''] = digest.split('.');
    const key = this.#keys.get(keyId);
    if (!key) return false;
    const wanted = Buffer.from(digestWith(key, purpose, text));
    const given = Buffer.from(kept);
    return wanted.length === given.length && timingSafeEqual(wanted, given);
  }

  seal(plain: Secret, place: Place): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#current.sealing.reveal(), nonce);
    cipher.setAAD(additionalData(place));
    const sealed = Buffer.concat([
      cipher.update(plain.reveal(), 'utf8'),
      cipher.final(),
      cipher.getAuthTag(),
    ]);
    return `v1.${this.#current.id}.${nonce.toString('base64url')}.${sealed.toString('base64url')}`;
  }

  /** @throws {UnsealError} */
  open(envelope: string, place: Place): Secret {
    const [version, keyId, nonce, sealed] = envelope.split('.');
    const key = this.#keys.get(keyId ?? '');
    if (version !== 'v1' || !nonce || !sealed) throw new UnsealError('this is no sealed value');
    if (!key) throw new UnsealError(`sealed with the key ${keyId}, which is not here`);
    const bytes = Buffer.from(sealed, 'base64url');
    try {
      const decipher = createDecipheriv(
        'aes-256-gcm',
        key.sealing.reveal(),
        Buffer.from(nonce, 'base64url'),
        {
          authTagLength: TAG_BYTES,
        },
      );
      decipher.setAAD(additionalData(place));
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      return new Secret(
        Buffer.concat([decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()]).toString('utf8'),
      );
    } catch {
      // No cause: OpenSSL's words say nothing, and nothing of the value may get into an error.
      throw new UnsealError(`a sealed value of ${place.table}.${place.column} was changed or moved`);
    }
  }
}

const digestWith = ({ digesting }: MasterKey, purpose: string, text: string): string =>
  createHmac('sha256', digesting.reveal())
    .update(JSON.stringify([purpose, text]))
    .digest('hex');

/** Unambiguous whatever the parts hold. */
const additionalData = ({ table, row, column }: Place): Buffer =>
  Buffer.from(JSON.stringify([table, row, column]));
