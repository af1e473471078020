/** Channels of the Messaging API. Each one has a secret, and keys that sign assertions. */
import { createPublicKey, generateKeyPairSync, type JsonWebKeyInput, type KeyObject } from 'node:crypto';
import { SimulatorInputError } from '../shared/input.ts';

export interface GivenChannel {
  readonly channelId: string;
  readonly channelSecret: string;
  /** The official account that the channel is linked to. Its channels see each other's audiences. @default BOT1 */
  readonly bot?: string;
  /** Of the official account. Only JP, TH and TW have audiences. @default JP */
  readonly country?: string;
  /** Registered public keys by their `kid`, as PEM or as the text of a JWK. */
  readonly keys?: Readonly<Record<string, string>>;
}

export interface Channel {
  readonly id: string;
  readonly secret: string;
  readonly bot: string;
  readonly country: string;
  readonly keys: Map<string, KeyObject>;
}

/** @throws {SimulatorInputError} */
export function newChannel({ channelId, channelSecret, bot, country, keys }: GivenChannel): Channel {
  if (!/^\d{1,20}$/.test(channelId) || !channelSecret)
    throw new SimulatorInputError('Every channel needs an id of digits, and a secret.');
  return {
    id: channelId,
    secret: channelSecret,
    bot: bot ?? 'BOT1',
    country: country ?? 'JP',
    keys: new Map(Object.entries(keys ?? {}).map(([kid, key]) => [kid, publicKeyOf(key)])),
  };
}

/** The channels of a simulator that was started without any. @param first the one of the customer */
export const defaultChannels = (first: GivenChannel): GivenChannel[] => [
  first,
  { channelId: '1657000002', channelSecret: 'LINEOASECRETSECOND' },
  { channelId: '1657000009', channelSecret: 'LINEOASECRETABROAD', bot: 'BOT9', country: 'ID' },
];

/** Whether the official account of the channel may have audiences. */
export const hasAudiences = ({ country }: Channel): boolean => ['JP', 'TH', 'TW'].includes(country);

/** @param text PEM or a JWK @throws {SimulatorInputError} */
export function publicKeyOf(text: string): KeyObject {
  try {
    const key = text.trimStart().startsWith('{')
      ? createPublicKey({ key: JSON.parse(text), format: 'jwk' } as JsonWebKeyInput)
      : createPublicKey(text);
    if (key.asymmetricKeyType === 'rsa') return key;
  } catch {
    // The same sentence as for another kind of key.
  }
  throw new SimulatorInputError('The public key must be an RSA key, as PEM or JWK.');
}

/** Registers a key. Without a public key, it makes a pair. @returns the private key of a new pair, as PEM */
export function registerKey({ keys }: Channel, kid: string, publicKey?: string): string | undefined {
  if (publicKey !== undefined) {
    keys.set(kid, publicKeyOf(publicKey));
    return undefined;
  }
  const made = generateKeyPairSync('rsa', { modulusLength: 2048 });
  keys.set(kid, made.publicKey);
  return made.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}
