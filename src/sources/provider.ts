/**
 * A provider of audiences: a kind of source, opened in the same way for the command line and for the service. The one gives it
 * credentials of the environment and lets it connect anywhere, the other those of an authorization and a guarded network.
 */
import type { FileOptions } from '../contracts/file-options.ts';
import type { NetworkAccess } from '../contracts/network.ts';
import type { PageRequest } from '../contracts/paging.ts';
import type { Secret } from '../contracts/secret.ts';
import type { Sentence } from '../contracts/sentence.ts';
import type { SourceAudiencePage } from '../contracts/sources.ts';
import type { Source } from './source.ts';

/** An authorization's configuration, opened for the moment of its use; null for files. */
export type Credentials = Secret<Record<string, string>> | null;

/** One value of an authorization's configuration; undefined where it has none. */
export const credential = (credentials: Credentials, key: string): string | undefined =>
  credentials?.reveal()[key];

/** Which hosts may be connected to at a port. */
export type NetworkAt = (port: number) => NetworkAccess;

/** What was found when credentials worked. */
export interface Verified {
  readonly works: Sentence;
  /** Whether they may do no more than Lineup needs, where that can be told. */
  readonly rights?: { readonly more: boolean; readonly told: Sentence };
}

export interface SourceProvider {
  /** @throws {LineupError} `source_*`; never with a credential in it */
  open(
    credentials: Credentials,
    audienceId: string,
    signal: AbortSignal,
    options?: FileOptions,
  ): Promise<Source>;
  /** Its audiences in a stable order; a cursor is the provider's own. */
  audiences(
    credentials: Credentials,
    page: PageRequest & { search?: string },
    signal: AbortSignal,
  ): Promise<SourceAudiencePage>;
  /** Whether an audience's id is one of those, rather than something that somebody has written (a query, a path). */
  lists(audienceId: string): Promise<boolean>;
  /** Tries the credentials. @throws {LineupError} saying what is wrong with them */
  verify(credentials: Credentials, signal: AbortSignal): Promise<Verified>;
}
