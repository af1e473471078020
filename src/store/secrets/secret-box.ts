/**
 * Encrypts stored secrets with AES-256-GCM. A sealed value is bound to its cell (table, row, column) as additional
 * data. So nobody with write access to the database can move it to another row and have it used there.
 *
 * Envelope: `v1.<key id>.<nonce>.<ciphertext and tag>`, base64url. The nonce is random (96 bits). A key seals some
 * thousands of values in its life, far below the 2^32 at which random nonces become unsafe.
 */
import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import { Secret } from '../../domain/values/secret.ts';
import { NONCE_BYTES, seal, unseal } from '../sealed-files/gcm.ts';

/** The cell of the database that holds a sealed value. */
export interface SealedCell {
  readonly table: string;
  readonly row: string;
  readonly column: string;
}

/** A master key is 32 random bytes. The keys for sealing and for digests, and a public id, are derived from it. */
export interface MasterKey {
  /** Identifies the key, and reveals nothing of it. */
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

/** A sealed value cannot be opened. */
export class UnsealError extends LineupError {}

/** A process that has the key can open it. */
const keyNotHere = (keyId: string): UnsealError =>
  new UnsealError(
    'secret_key_wrong',
    sentence`Stored credentials need the encryption key ${keyId}, which this process of the service does not have. Ask the operator to start it with that key. If the key is lost, there is a command for that: ${FORGET}`,
    { retryable: true },
  );

/** It was changed, or moved to another cell. */
const damaged = ({ table, column }: SealedCell): UnsealError =>
  new UnsealError(
    'credentials_lost',
    sentence`A stored secret (${`${table}.${column}`}) was changed in the database, so it cannot be decrypted. Enter the credentials again, or tell the operator of this command: ${FORGET}`,
  );

/** The command that starts an installation again without what nobody can open. */
export const FORGET = 'lineup secrets forget';

/** Seals with the first of its keys, and opens with any of them. */
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

  /** The ids of all its keys. */
  get keyIds(): readonly string[] {
    return [...this.#keys.keys()];
  }

  /**
   * For values that are only compared: `<key id>.<HMAC-SHA256 in hex>`. Without the key nobody can test guesses
   * against it, as with a plain digest.
   * @param purpose separates the digests of different uses
   */
  digest(purpose: string, text: string): string {
    return `${this.#current.id}.${digestWith(this.#current, purpose, text)}`;
  }

  /** Whether `digest` is the digest of `text`, with any of the keys. */
  matches(digest: string, purpose: string, text: string): boolean {
    const [keyId = '', kept = ''] = digest.split('.');
    const key = this.#keys.get(keyId);
    if (!key) return false;
    const wanted = Buffer.from(digestWith(key, purpose, text));
    const given = Buffer.from(kept);
    return wanted.length === given.length && timingSafeEqual(wanted, given);
  }

  seal(plain: Secret, cell: SealedCell): string {
    const nonce = randomBytes(NONCE_BYTES);
    const plainBytes = Buffer.from(plain.reveal(), 'utf8');
    const sealed = Buffer.concat(seal(this.#current.sealing, { nonce, additional: additionalData(cell) }, plainBytes));
    return `v1.${this.#current.id}.${nonce.toString('base64url')}.${sealed.toString('base64url')}`;
  }

  /** @throws {UnsealError} */
  open(envelope: string, cell: SealedCell): Secret {
    const [version, keyId, nonce, sealed] = envelope.split('.');
    const key = this.#keys.get(keyId ?? '');
    if (version !== 'v1' || !nonce || !sealed) throw damaged(cell);
    if (!key) throw keyNotHere(keyId ?? '');
    const sealing = { nonce: Buffer.from(nonce, 'base64url'), additional: additionalData(cell) };
    try {
      return new Secret(unseal(key.sealing, sealing, Buffer.from(sealed, 'base64url')).toString('utf8'));
    } catch {
      // No cause: OpenSSL's message says nothing, and no part of the value may get into an error.
      throw damaged(cell);
    }
  }
}

const digestWith = ({ digesting }: MasterKey, purpose: string, text: string): string =>
  createHmac('sha256', digesting.reveal())
    .update(JSON.stringify([purpose, text]))
    .digest('hex');

/** JSON is unambiguous for all contents of the parts. */
const additionalData = ({ table, row, column }: SealedCell): Buffer =>
  Buffer.from(JSON.stringify([table, row, column]));
