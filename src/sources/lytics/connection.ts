import { Agent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import { type Clock, systemClock } from '../../contracts/clock.ts';
import { LineupError } from '../../contracts/errors.ts';
import type { NetworkAccess } from '../../contracts/network.ts';
import { Secret } from '../../contracts/secret.ts';
import { sentence } from '../../contracts/sentence.ts';

export interface LyticsOptions {
  /** The API token, as Lytics shows it. Never seen in an error. */
  readonly token: string;
  /** @default https://api.lytics.io */
  readonly origin?: string;
  /** Looks at where connections go. @default they may go anywhere */
  readonly network?: NetworkAccess;
  /** Waits between attempts. */
  readonly clock?: Pick<Clock, 'now' | 'sleep'>;
  /** From 0 up to 1: the jitter of those waits. @default Math.random */
  readonly random?: () => number;
  /** How long Lytics may say nothing, in ms. @default 60000 */
  readonly silenceMs?: number;
  /** How long one answer may take as a whole, in ms. @default 300000 */
  readonly timeoutMs?: number;
}

/** Where and as whom. */
export interface Connection {
  readonly origin: string;
  readonly token: Secret;
  readonly network: NetworkAccess | undefined;
  /** Keeps the connection from page to page; undefined: that of Node.js. */
  readonly agent: Agent | undefined;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  readonly random: () => number;
  readonly silenceMs: number;
  readonly timeoutMs: number;
}

/** A connection that nobody uses is closed after so many ms. */
const IDLE_MS = 10_000;

/** @throws {LineupError} `invalid_configuration` for a token or an origin that cannot be */
export function connect(options: LyticsOptions): Connection {
  if (!/^[\x21-\x7e]+$/.test(options.token)) {
    throw new LineupError(
      'invalid_configuration',
      sentence`The Lytics API token is empty, or holds a space or a character that no token has: copy it again.`,
    );
  }
  const { network } = options;
  const origin = readOrigin(options.origin);
  return {
    origin,
    token: new Secret(options.token),
    network,
    agent: network && guardedAgent(origin),
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
    silenceMs: options.silenceMs ?? 60_000,
    timeoutMs: options.timeoutMs ?? 300_000,
  };
}

/** Its connections are this source's alone: those that are kept were allowed by the same guard. */
function guardedAgent(origin: string): Agent {
  const options = { keepAlive: true, timeout: IDLE_MS };
  return origin.startsWith('https:') ? new SecureAgent(options) : new Agent(options);
}

/** @throws {LineupError} `invalid_configuration` for what is no origin */
export function readOrigin(text = 'https://api.lytics.io'): string {
  const url = URL.parse(text);
  const web = url?.protocol === 'https:' || url?.protocol === 'http:';
  if (!url || !web || url.username || url.pathname !== '/' || url.search || url.hash) {
    throw new LineupError(
      'invalid_configuration',
      sentence`The Lytics origin is not a usable URL: give one like https://api.lytics.io, without a path.`,
    );
  }
  return url.origin;
}
