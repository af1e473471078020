/** Reads the configuration of an authorization: the host, how to sign in, and where a session begins. */
import type { Agent } from 'node:http';
import type { NetworkAccess } from '../../contracts/network.ts';
import type { Clock } from '../../contracts/ports.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import { Secret } from '../../domain/values/secret.ts';
import { systemClock } from '../../machine/system-clock.ts';
import { keptAgent } from '../http.ts';
import { type Credentials, credential } from '../source.ts';
import { keyPairTokens, readPrivateKey } from './key-pair.ts';
import { storedName } from './sql-text.ts';

/** Where a session begins, by the names that Snowflake stores. Empty: the default of the user. */
export interface SessionPlace {
  readonly warehouse: string;
  readonly role: string;
  readonly database: string;
  readonly schema: string;
}

export interface Connection {
  readonly origin: string;
  /** The user, for messages. Empty with an access token. */
  readonly user: string;
  readonly place: SessionPlace;
  /** `X-Snowflake-Authorization-Token-Type`. */
  readonly tokenType: 'KEYPAIR_JWT' | 'PROGRAMMATIC_ACCESS_TOKEN';
  readonly token: (now: Date) => Secret;
  readonly network: NetworkAccess | undefined;
  /** Keeps connections open between requests. */
  readonly agent: Agent;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  /** The jitter of waits, from 0 up to 1. */
  readonly random: () => number;
  /** How long Snowflake may send nothing, in ms. */
  readonly silenceMs: number;
  /** How long one answer may take in all, in ms. */
  readonly timeoutMs: number;
}

export interface ConnectionOptions {
  /** @default every host is allowed */
  readonly network?: NetworkAccess;
  readonly clock?: Pick<Clock, 'now' | 'sleep'>;
  /** @default Math.random */
  readonly random?: () => number;
  /** A request that waits for a short statement is silent for up to 45 seconds. @default 60000 */
  readonly silenceMs?: number;
  /** @default 300000 */
  readonly timeoutMs?: number;
}

const HOST = '.snowflakecomputing.com';

/**
 * The origin of an account, or the one that the configuration names. Every other part of the configuration
 * cannot change the host.
 * @throws {LineupError} `invalid_configuration`
 */
export function originOf(credentials: Credentials): URL {
  const given = credential(credentials, 'origin') ?? '';
  if (given !== '') {
    const url = URL.parse(given);
    const bare = url && `${url.pathname}${url.search}${url.hash}${url.username}${url.password}` === '/';
    if (url && bare && /^https?:$/.test(url.protocol)) return url;
    throw new LineupError('invalid_configuration', sentence`The Snowflake origin is not a valid URL.`);
  }
  const account = credential(credentials, 'account') ?? '';
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]*(?:\.[A-Za-z0-9][A-Za-z0-9_-]*){0,4}$/.test(account))
    throw new LineupError(
      'invalid_configuration',
      sentence`The account identifier of Snowflake is not valid. Enter one like MYORG-ACCOUNT1.`,
    );
  // A name of a host has no underscores; Snowflake writes hyphens there.
  return new URL(`https://${account.toLowerCase().replaceAll('_', '-')}${HOST}`);
}

/** @throws {LineupError} `invalid_configuration`. It contains no credential */
export function connect(credentials: Credentials, options: ConnectionOptions = {}): Connection {
  const { origin, protocol } = originOf(credentials);
  const read = (key: string) => credential(credentials, key) ?? '';
  return {
    origin,
    user: read('user'),
    place: {
      warehouse: storedName(read('warehouse')),
      role: storedName(read('role')),
      database: storedName(read('database')),
      schema: storedName(read('schema')),
    },
    ...signIn(read),
    network: options.network,
    agent: keptAgent(protocol),
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
    silenceMs: options.silenceMs ?? 60_000,
    timeoutMs: options.timeoutMs ?? 300_000,
  };
}

function signIn(read: (key: string) => string): Pick<Connection, 'tokenType' | 'token'> {
  const given = read('access_token');
  if (given !== '') {
    if (!/^[\x21-\x7e]+$/.test(given)) {
      throw new LineupError(
        'invalid_configuration',
        sentence`The Snowflake access token contains a space or an invalid character. Copy it again.`,
      );
    }
    const token = new Secret(given);
    return { tokenType: 'PROGRAMMATIC_ACCESS_TOKEN', token: () => token };
  }
  const key = readPrivateKey(new Secret(read('private_key')), new Secret(read('private_key_passphrase')));
  const make = keyPairTokens(key, { account: read('account'), user: read('user') });
  return { tokenType: 'KEYPAIR_JWT', token: (now) => new Secret(make(now)) };
}
