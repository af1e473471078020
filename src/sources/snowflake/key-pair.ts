/**
 * Signs in with a key pair. Snowflake takes a JWT (RS256) that the private key signed. Its issuer is
 * `ACCOUNT.USER.SHA256:<fingerprint of the public key>`, its subject `ACCOUNT.USER`, both in upper case and the
 * account without its region or its connection. It may be valid for at most an hour.
 */
import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { LineupError } from '../../domain/errors/errors.ts';
import { type Sentence, sentence } from '../../domain/text/sentence.ts';
import type { Secret } from '../../domain/values/secret.ts';

export interface KeyPairIdentity {
  /** The account identifier, with its region or without. */
  readonly account: string;
  readonly user: string;
}

const VALID_SECONDS = 59 * 60;
/** A token is replaced this long before its end, so that it lives longer than any request. */
const SPARE_SECONDS = 10 * 60;
/** Clocks differ a little. Snowflake refuses a token from its future. */
const BACKDATED_SECONDS = 30;

/** @throws {LineupError} `invalid_configuration`; it contains nothing from the key or the passphrase */
export function readPrivateKey(pem: Secret, passphrase: Secret): KeyObject {
  const encrypted = /ENCRYPTED/.test(pem.reveal());
  if (encrypted && passphrase.reveal() === '')
    throw refuse(sentence`The private key is encrypted. Enter its passphrase, too.`);
  const key = parse(pem, passphrase);
  if (!key) {
    throw refuse(
      encrypted
        ? sentence`The private key cannot be read with this passphrase. Enter the passphrase that the key was made with.`
        : sentence`The private key is not in PEM format. Copy all of it, beginning with -----BEGIN PRIVATE KEY-----.`,
    );
  }
  if (key.asymmetricKeyType !== 'rsa' || (key.asymmetricKeyDetails?.modulusLength ?? 0) < 2048)
    throw refuse(sentence`Snowflake needs an RSA key of at least 2,048 bits. Make a new key pair.`);
  return key;
}

function parse(pem: Secret, passphrase: Secret): KeyObject | undefined {
  try {
    return createPrivateKey({ key: pem.reveal(), format: 'pem', passphrase: passphrase.reveal() });
  } catch {
    return undefined;
  }
}

const refuse = (text: Sentence): LineupError => new LineupError('invalid_configuration', text);

/**
 * The name of the account in a token: in upper case, and without a region (`xy12345.eu-west-1`). An identifier for
 * client redirect (`xy12345-connection.global`) also has the name of a connection.
 */
export function accountInToken(account: string): string {
  const end = /\.global(?:\.|$)/i.test(account) ? '-' : '.';
  return (account.split(end)[0] ?? '').toUpperCase();
}

/** Makes tokens. The same one is used until shortly before its end. */
export function keyPairTokens(key: KeyObject, { account, user }: KeyPairIdentity): (now: Date) => string {
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const fingerprint = createHash('sha256').update(publicKey).digest('base64');
  const subject = `${accountInToken(account)}.${user.toUpperCase()}`;
  let token = '';
  let until = 0;
  let from = 0;
  return (now) => {
    const seconds = Math.floor(now.getTime() / 1000);
    // Also a clock that was set back makes a new token.
    if (seconds < until && seconds >= from) return token;
    from = seconds - BACKDATED_SECONDS;
    until = from + VALID_SECONDS - SPARE_SECONDS;
    const claims = {
      iss: `${subject}.SHA256:${fingerprint}`,
      sub: subject,
      iat: from,
      exp: from + VALID_SECONDS,
    };
    const text = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(claims)}`;
    token = `${text}.${sign('RSA-SHA256', Buffer.from(text), key).toString('base64url')}`;
    return token;
  };
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
