import type { Agent } from 'node:http';
import type { NetworkAccess } from '../../contracts/network.ts';
import type { Clock } from '../../contracts/ports.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import { Secret } from '../../domain/values/secret.ts';
import { systemClock } from '../../machine/system-clock.ts';
import { keptAgent } from '../http.ts';

export interface LyticsOptions {
  /** The API token, as Lytics shows it. It never appears in an error. */
  readonly token: string;
  /** @default https://api.lytics.io */
  readonly origin?: string;
  /** The guard for connections. @default every host is allowed */
  readonly network?: NetworkAccess;
  /** Used for the waits between attempts. */
  readonly clock?: Pick<Clock, 'now' | 'sleep'>;
  /** The jitter of these waits, from 0 up to 1. @default Math.random */
  readonly random?: () => number;
  /** How long Lytics may send nothing, in ms. @default 60000 */
  readonly silenceMs?: number;
  /** How long one answer may take in all, in ms. @default 300000 */
  readonly timeoutMs?: number;
}

/** The settings of a client, checked and with their defaults. */
export interface Connection {
  readonly origin: string;
  readonly token: Secret;
  readonly network: NetworkAccess | undefined;
  /** Keeps connections open between pages. Undefined: the default agent of Node.js. */
  readonly agent: Agent | undefined;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  readonly random: () => number;
  readonly silenceMs: number;
  readonly timeoutMs: number;
}

/** @throws {LineupError} `invalid_configuration` for an impossible token or origin */
export function connect(options: LyticsOptions): Connection {
  if (!/^[\x21-\x7e]+$/.test(options.token)) {
    throw new LineupError(
      'invalid_configuration',
      sentence`The Lytics API token is empty, or contains a space or an invalid character. Copy it again.`,
    );
  }
  const { network } = options;
  const origin = readOrigin(options.origin);
  return {
    origin,
    token: new Secret(options.token),
    network,
    agent: network && keptAgent(new URL(origin).protocol),
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
    silenceMs: options.silenceMs ?? 60_000,
    timeoutMs: options.timeoutMs ?? 300_000,
  };
}

/** @throws {LineupError} `invalid_configuration` for a text that is not an origin */
export function readOrigin(text = 'https://api.lytics.io'): string {
  const url = URL.parse(text);
  const web = url?.protocol === 'https:' || url?.protocol === 'http:';
  if (!url || !web || url.username || url.pathname !== '/' || url.search || url.hash) {
    throw new LineupError(
      'invalid_configuration',
      sentence`The Lytics origin is not a valid URL. Enter one like https://api.lytics.io, without a path.`,
    );
  }
  return url.origin;
}
