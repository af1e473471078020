/**
 * A provider of audiences is a kind of source. The command line and the service use it in the same way. The
 * command line takes credentials from the environment and allows every connection. The service uses the
 * credentials of an authorization and a guarded network.
 */

import type { NetworkAccess } from '../contracts/network.ts';
import type { PageRequest } from '../contracts/paging.ts';
import type { Secret } from '../contracts/secret.ts';
import type { Sentence } from '../contracts/sentence.ts';
import type { FileOptions, SourceAudiencePage } from '../contracts/sources.ts';
import type { Source } from './source.ts';

/** The configuration of an authorization, decrypted only while it is used. null for files. */
export type Credentials = Secret<Record<string, string>> | null;

/** One value of an authorization's configuration. Undefined when it has none. */
export const credential = (credentials: Credentials, key: string): string | undefined =>
  credentials?.reveal()[key];

/** Which hosts a connection may go to, for a port. */
export type NetworkAt = (port: number) => NetworkAccess;

/** The result of credentials that work. */
export interface Verified {
  readonly works: Sentence;
  /**
   * What else the credentials allow, when the provider can tell. `more`: they allow more than Lineup needs.
   */
  readonly rights?: { readonly more: boolean; readonly text: Sentence };
}

export interface SourceProvider {
  /** @throws {LineupError} `source_*`. The error never contains a credential. */
  open(
    credentials: Credentials,
    audienceId: string,
    signal: AbortSignal,
    options?: FileOptions,
  ): Promise<Source>;
  /** The audiences in a stable order. Only the provider understands its cursor. */
  audiences(
    credentials: Credentials,
    page: PageRequest & { search?: string },
    signal: AbortSignal,
  ): Promise<SourceAudiencePage>;
  /** Whether the id is one that `audiences` lists, and not a text that a person wrote (a query, a path). */
  lists(audienceId: string): Promise<boolean>;
  /** Tests the credentials. @throws {LineupError} with a sentence about what is wrong */
  verify(credentials: Credentials, signal: AbortSignal): Promise<Verified>;
}
