/**
 * The assertion signing key of a channel: a JSON Web Key, as LINE’s own instructions make it, or PEM. No sentence has a
 * part of it.
 */
import { createPrivateKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { type Sentence, sentence, sentenceOf } from '../../domain/text/sentence.ts';
import type { CredentialProblem, Credentials } from '../tokens.ts';
import { TokenError } from './token-error.ts';

export interface SigningKey {
  readonly key: KeyObject;
  readonly kid: string;
}

/** LINE takes RS256, which needs this many bits. */
const FEWEST_BITS = 2048;
/** Whoever may enter a key could make one up with which each signature takes half a minute of the service. */
const MAX_BITS = 8192;
/** Real keys have 65537. */
const MAX_EXPONENT = 2n ** 32n;

/**
 * @param kid empty for that of the JWK
 * @throws {TokenError} at the field that is wrong
 */
export function signingKeyOf(text: string, kid: string): SigningKey {
  const jwk = text.trimStart().startsWith('{') ? jwkIn(text) : undefined;
  const key = jwk ? keyOfJwk(jwk) : keyOfPem(text);
  if (key.asymmetricKeyType !== 'rsa')
    throw wrong(sentence`The private key is not an RSA key. LINE takes RSA keys only (RS256). Make another key pair.`);
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits < FEWEST_BITS) {
    throw wrong(
      sentence`The private key has ${String(bits)} bits. RS256 needs at least 2,048 bits. Make another key pair.`,
    );
  }
  if (bits > MAX_BITS || (key.asymmetricKeyDetails?.publicExponent ?? 0n) > MAX_EXPONENT)
    throw wrong(
      sentence`The private key is too large: signing with it would take too long. Make a key pair of 2,048 bits.`,
    );
  const own: unknown = jwk?.['kid'];
  const known = kid || (typeof own === 'string' ? own : '');
  if (known !== '') return { key, kid: known };
  throw new TokenError('key_id', sentence`Enter the key ID that LINE showed when the public key was registered.`);
}

/** What is wrong with the key of an authorization; nothing where it has the secret of the channel. */
export function checkSigningKey({ private_key, key_id = '' }: Credentials): readonly CredentialProblem[] {
  if (!private_key) return [];
  try {
    signingKeyOf(private_key, key_id);
    return [];
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    return [{ field: error.field, problem: sentenceOf(error) }];
  }
}

const wrong = (text: Sentence): TokenError => new TokenError('private_key', text);

function jwkIn(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    // The engine’s error would quote the key.
    throw wrong(sentence`The private key begins as a JWK does, but it is not JSON. Copy all of it, with both braces.`);
  }
}

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';

function keyOfJwk(jwk: Record<string, unknown>): KeyObject {
  if (Array.isArray(jwk['keys']))
    throw wrong(sentence`This is a set of keys. Paste only the private key, with its braces.`);
  if (isText(jwk['kty']) && jwk['kty'] !== 'RSA')
    throw wrong(sentence`The private key is not an RSA key. LINE takes RSA keys only (RS256). Make another key pair.`);
  if (isText(jwk['n']) && !isText(jwk['d'])) throw wrong(isPublic());
  try {
    return createPrivateKey({ key: jwk as JsonWebKey, format: 'jwk' });
  } catch {
    throw wrong(unreadable());
  }
}

function keyOfPem(text: string): KeyObject {
  if (/-----BEGIN (?:RSA )?PUBLIC KEY-----|-----BEGIN CERTIFICATE-----/.test(text)) throw wrong(isPublic());
  if (/-----BEGIN ENCRYPTED|^Proc-Type:.*ENCRYPTED/m.test(text))
    throw wrong(sentence`The private key is encrypted. Remove its passphrase, and paste the key without one.`);
  try {
    // PKCS #8 and PKCS #1.
    return createPrivateKey({ key: text, format: 'pem' });
  } catch {
    throw wrong(unreadable());
  }
}

const isPublic = (): Sentence =>
  sentence`This is the public key, which belongs into the LINE Developers Console. Enter the private key here.`;

const unreadable = (): Sentence =>
  sentence`The private key cannot be read. Paste all of it: a JWK with its braces, or PEM beginning with -----BEGIN PRIVATE KEY-----.`;
