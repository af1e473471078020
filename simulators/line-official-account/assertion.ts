/** Assertions: a JSON web token that a channel signs with its private key, to get an access token. */
import { verify } from 'node:crypto';
import type { Channel } from './channels.ts';
import { RefusalError, type TokenError } from './refusal.ts';

export const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const audience = 'https://api.line.me/';
const longestSeconds = 30 * 60;

const part = /^[\w-]+$/;

/**
 * @param now of LINE's clock, in milliseconds
 * @returns the channel that has signed
 * @throws {RefusalError}
 */
export function channelOf(assertion: string, channels: ReadonlyMap<string, Channel>, now: number): Channel {
  const [head = '', payload = '', signature = '', ...more] = assertion.split('.');
  if (more.length > 0 || ![head, payload, signature].every((text) => part.test(text)))
    throw wrong('it must be three parts in URL-safe base64 without padding, joined by dots');
  const { alg, typ, kid } = decoded(head);
  if (alg !== 'RS256') throw wrong('alg must be RS256');
  if (typ !== 'JWT') throw wrong('typ must be JWT');
  if (typeof kid !== 'string' || kid === '') throw wrong('kid is missing');
  const { iss, sub, aud, exp } = decoded(payload);
  const channel = typeof iss === 'string' ? channels.get(iss) : undefined;
  if (!channel) throw wrong('iss must be the id of a channel, as a text');
  const key = channel.keys.get(kid);
  if (!key) {
    throw new RefusalError({
      status: 404,
      message: 'Cannot find channel key that satisfies the conditions',
      detail: `the channel ${channel.id} has no key with this kid`,
    });
  }
  if (!verify('RSA-SHA256', Buffer.from(`${head}.${payload}`), key, Buffer.from(signature, 'base64url')))
    throw wrong('the signature is not that of the registered key');
  if (sub !== iss) throw wrong('sub must be the id of the channel, as iss');
  if (aud !== audience) throw wrong(`aud must be ${audience}`);
  const seconds = now / 1000;
  if (typeof exp !== 'number' || !Number.isInteger(exp)) throw wrong('exp must be a time in whole seconds');
  if (exp > seconds + longestSeconds) throw wrong('exp is more than 30 minutes ahead');
  if (exp <= seconds) throw new RefusalError({ token: refusedAssertion, detail: 'the assertion has expired' });
  return channel;
}

const refusedAssertion: TokenError = {
  error: 'invalid_client',
  error_description: "Invalid 'client_assertion'.",
};

const wrong = (detail: string) =>
  new RefusalError({ token: refusedAssertion, detail: `the assertion: ${detail}`, violation: 'wrong_assertion' });

function decoded(text: string): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    if (typeof json === 'object' && json !== null) return json as Record<string, unknown>;
  } catch {
    // The same sentence as for another kind of JSON.
  }
  throw wrong('a part is not a JSON object');
}
