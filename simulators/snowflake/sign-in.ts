/** Who may send requests: a programmatic access token, or a JWT that the key pair of the user signed. */
import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  verify as verifySignature,
} from 'node:crypto';
import { SimulatorInputError } from '../shared/input.ts';
import { RefusalError } from './errors.ts';

export interface KeyPair {
  readonly publicKey: KeyObject;
  /** PEM. Undefined when only the public key was given. */
  readonly privateKey: string | undefined;
}

/** @throws {SimulatorInputError} */
export function keyPairOf(publicKey: string | undefined): KeyPair {
  if (publicKey === undefined) {
    const made = generateKeyPairSync('rsa', { modulusLength: 2048 });
    return {
      publicKey: made.publicKey,
      privateKey: made.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    };
  }
  try {
    return { publicKey: createPublicKey(publicKey), privateKey: undefined };
  } catch {
    throw new SimulatorInputError('The public key is not in PEM format.');
  }
}

export interface Identity {
  readonly account: string;
  readonly user: string;
  readonly token: string;
  readonly keys: () => KeyPair;
}

/** An hour, as the documentation limits the life of a JWT. */
const MAX_SECONDS = 3_600;

/** @param now in milliseconds @throws {RefusalError} 401 */
export function checkSignIn(
  { account, user, token, keys }: Identity,
  authorization: string | undefined,
  type: string | undefined,
  now: number,
): void {
  const given = /^Bearer (\S+)$/.exec(authorization ?? '')?.[1] ?? '';
  if (type === 'PROGRAMMATIC_ACCESS_TOKEN') {
    if (given !== token) throw new RefusalError(401, '390318', 'Programmatic access token is invalid.');
    return;
  }
  if (type !== 'KEYPAIR_JWT' || !isSigned(given, keys().publicKey)) throw invalid('the signature');
  const { iss, sub, iat, exp } = claimsOf(given);
  const subject = `${nameInToken(account)}.${user.toUpperCase()}`;
  const der = keys().publicKey.export({ type: 'spki', format: 'der' });
  const fingerprint = createHash('sha256').update(der).digest('base64');
  if (sub !== subject || iss !== `${subject}.SHA256:${fingerprint}`) throw invalid('the issuer');
  const seconds = now / 1000;
  const times = typeof iat === 'number' && typeof exp === 'number' && exp - iat <= MAX_SECONDS;
  if (!times || iat > seconds + 60 || exp < seconds) throw invalid('the time');
}

/**
 * As the documentation cuts an account identifier: without a region, and for client redirect without the connection.
 */
function nameInToken(account: string): string {
  const upper = account.toUpperCase();
  const cut = upper.indexOf(upper.includes('.GLOBAL') ? '-' : '.');
  return cut > 0 ? upper.slice(0, cut) : upper;
}

const invalid = (problem: string) => new RefusalError(401, '390144', `JWT token is invalid: ${problem}.`);

function isSigned(jwt: string, key: KeyObject): boolean {
  const [header = '', claims = '', signature = ''] = jwt.split('.');
  if (decoded(header).alg !== 'RS256') return false;
  return verifySignature('RSA-SHA256', Buffer.from(`${header}.${claims}`), key, Buffer.from(signature, 'base64url'));
}

const claimsOf = (jwt: string) => decoded(jwt.split('.')[1] ?? '');

function decoded(part: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(Buffer.from(part, 'base64url').toString())) as Record<string, unknown>;
  } catch {
    return {};
  }
}
