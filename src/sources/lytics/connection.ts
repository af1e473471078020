import { LineupError } from '../../contracts/errors.ts';
import { Secret } from '../../contracts/secret.ts';
import { sentence } from '../../contracts/sentence.ts';
import { type RemoteClock, systemClock } from '../remote/clock.ts';

export interface LyticsOptions {
  /** The API token, as Lytics shows it. Never seen in an error. */
  readonly token: string;
  /** @default https://api.lytics.io */
  readonly origin?: string;
  /** @default globalThis.fetch */
  readonly fetch?: typeof globalThis.fetch;
  /** Waits between attempts. */
  readonly clock?: RemoteClock;
  /** From 0 up to 1: the jitter of those waits. @default Math.random */
  readonly random?: () => number;
  /** How long one request may take. @default 60000 */
  readonly timeoutMs?: number;
}

/** Where and as whom. */
export interface Connection {
  readonly origin: string;
  readonly token: Secret;
  readonly fetch: typeof globalThis.fetch;
  readonly clock: RemoteClock;
  readonly random: () => number;
  readonly timeoutMs: number;
}

/** @throws {LineupError} `invalid_configuration` for a token or an origin that cannot be */
export function connect(options: LyticsOptions): Connection {
  if (!/^[\x21-\x7e]+$/.test(options.token)) {
    throw new LineupError(
      'invalid_configuration',
      sentence`The Lytics API token is empty, or holds a space or a character that no token has: copy it again.`,
    );
  }
  return {
    origin: readOrigin(options.origin ?? 'https://api.lytics.io'),
    token: new Secret(options.token),
    fetch: options.fetch ?? globalThis.fetch,
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
    timeoutMs: options.timeoutMs ?? 60_000,
  };
}

function readOrigin(text: string): string {
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
