/** What connects to a destination. */
import type { Clock, SharedLimits } from '../contracts/ports.ts';
import type { Credentials, Tokens } from './tokens.ts';

/** One request, for logs. It holds no value and no query. */
export interface RequestRecord {
  /** ISO 8601. */
  readonly time: string;
  readonly method: string;
  /** The path, without a query. */
  readonly endpoint: string;
  readonly durationMs: number;
  /** From 1. */
  readonly attempt: number;
  readonly status?: number;
  readonly error?: string;
  /** This machine's clock minus that of the other side. */
  readonly skewMs?: number;
}

export interface ConnectOptions {
  readonly credentials: Credentials;
  /** Only where `tokens` says how to mint them. */
  readonly tokens?: Tokens;
  readonly limits: SharedLimits;
  /** @default the machine's */
  readonly clock?: Clock;
  /** The URL of the other side, or of a simulator. @default the real one */
  readonly baseUrl?: string | undefined;
  /** A waiting person sees an error and can try again, so a request is repeated less often. */
  readonly patience: 'person' | 'run';
  readonly log?: (entry: RequestRecord) => void;
}
