/** Access tokens that expire: who mints them, and how all processes of an installation share one. */
import type { Secret } from '../domain/values/secret.ts';

/** The configuration of an authorization, by the keys of its form. */
export type Credentials = Readonly<Record<string, string>>;

export interface Minted {
  readonly token: Secret;
  readonly expiresAt: Date;
  /** What mints the next one, as a refresh token. It stays sealed in the installation. */
  readonly keep?: Secret;
}

/** How a destination mints tokens. It knows nothing of leases and storage. */
export interface TokenRules {
  /**
   * @param kept what the last one asked to keep
   * @throws {LineupError} `line_unauthorized` when a person must connect again
   */
  mint(credentials: Credentials, kept: Secret | null, signal: AbortSignal): Promise<Minted>;
  /** A token that is valid for less than this is minted anew. */
  readonly renewBeforeMs: number;
  /** Whether all processes share one token. False: each keeps its own, in memory only. */
  readonly stored: boolean;
  /** Only where a person consents in the browser. */
  readonly consent?: {
    url(credentials: Credentials, redirect: string, state: string): URL;
    exchange(credentials: Credentials, code: string, redirect: string, signal: AbortSignal): Promise<Minted>;
  };
}

/** What a client asks for its token. */
export interface Tokens {
  /** @param refused a token that the other side no longer accepts, although its time is not over */
  current(refused?: Secret): Promise<Secret>;
}
