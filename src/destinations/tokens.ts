/** Credentials, and access tokens that expire: how a destination mints them, and who has one. */
import type { Clock } from '../contracts/ports.ts';
import type { Sentence } from '../domain/text/sentence.ts';
import type { Secret } from '../domain/values/secret.ts';

/** The configuration of an authorization, by the keys of its form. */
export type Credentials = Readonly<Record<string, string>>;

/** What is wrong with a value of an authorization, as far as it can be seen without asking anybody. */
export interface CredentialProblem {
  readonly field: string;
  readonly problem: Sentence;
}

export interface Minted {
  readonly token: Secret;
  readonly expiresAt: Date;
  /** What mints the next one, as a refresh token. Without it, what was kept before stays. */
  readonly keep?: Secret;
}

/** How the other side is asked for a token. */
export interface TokenCall {
  /** Its URL, or that of a simulator. @default the real one */
  readonly baseUrl?: string | undefined;
  readonly clock: Pick<Clock, 'now' | 'monotonic' | 'sleep'>;
  /** Aborted when it takes too long, and when another process may mint. */
  readonly signal: AbortSignal;
  /** Sends the request. @default the global fetch */
  readonly fetch?: ((url: URL, init: RequestInit) => Promise<Response>) | undefined;
}

/** How a destination mints tokens. It knows nothing of turns and storage. */
export interface TokenRules {
  /**
   * @param kept what an earlier one asked to keep
   * @throws {LineupError} without a secret in it. `line_unauthorized`: a person must connect again
   */
  mint(credentials: Credentials, kept: Secret | null, call: TokenCall): Promise<Minted>;
  /** A token that is valid for less than this is minted anew. Of one with a short life, half of it counts. */
  readonly renewBeforeMs: number;
  /** Whether all processes share one token. False: each keeps its own, in memory only. */
  readonly stored: boolean;
  /**
   * The keys of the configuration that a stored token belongs to. When the value of another key changes, the token and
   * what is kept stay. @default all
   */
  readonly boundTo?: readonly string[];
  /**
   * The keys of the configuration with which the other side is asked for the next token. If it has refused once, it is
   * asked again only with other ones, or after a new consent. @default all
   */
  readonly askedWith?: readonly string[];
  /** Only where a person consents in the browser. */
  readonly consent?: {
    /** @param baseUrl as in `TokenCall` */
    url(credentials: Credentials, redirect: string, state: string, baseUrl?: string): URL;
    /** @throws {LineupError} as `mint` */
    exchange(credentials: Credentials, code: string, redirect: string, call: TokenCall): Promise<Minted>;
  };
}

/** What a client asks for its token. */
export interface Tokens {
  /**
   * @param refused a token that the other side no longer accepts, although its time is not over
   * @param signal ends the waiting
   * @throws {LineupError} as `mint`, and when the stored one cannot be read
   */
  current(refused?: Secret, signal?: AbortSignal): Promise<Secret>;
}
