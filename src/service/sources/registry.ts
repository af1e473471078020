/** The sources of the service, by provider: each authorization leads to one, and files need none. */
import { LineupError } from '../../contracts/errors.ts';
import { sentence } from '../../contracts/sentence.ts';
import type { Source } from '../../sources/source.ts';
import { getAuthorization, revealConfiguration } from '../../store/authorizations.ts';
import type { Db } from '../../store/database.ts';
import type { SecretBox } from '../../store/secret-box.ts';
import type { Credentials, SourceProvider } from './provider.ts';
import type { SourceRef } from './source-ref.ts';

export interface SourceRegistryOptions {
  readonly db: Db;
  readonly box: SecretBox;
  /** By the provider's id (src/contracts/providers.ts). */
  readonly providers: Readonly<Record<string, SourceProvider>>;
}

export class SourceRegistry {
  readonly #options: SourceRegistryOptions;

  constructor(options: SourceRegistryOptions) {
    this.#options = options;
  }

  /** @throws {LineupError} `source_*`, `not_found` for an authorization that is gone */
  async open(ref: SourceRef, signal: AbortSignal): Promise<Source> {
    const { provider, credentials } = await this.reach(ref.authorizationId);
    return provider.open(credentials, ref.audienceId, signal);
  }

  /** The provider behind an authorization, with its credentials; null for files. */
  async reach(
    authorizationId: string | null,
  ): Promise<{ provider: SourceProvider; credentials: Credentials }> {
    const { db, box } = this.#options;
    if (authorizationId === null) return { provider: this.#named('files'), credentials: null };
    const { provider } = await getAuthorization(db, authorizationId);
    return {
      provider: this.#named(provider),
      credentials: await revealConfiguration(db, box, authorizationId),
    };
  }

  /** Whether the provider gives audiences. */
  has(provider: string): boolean {
    return Object.hasOwn(this.#options.providers, provider);
  }

  #named(name: string): SourceProvider {
    const provider = this.has(name) ? this.#options.providers[name] : undefined;
    if (!provider)
      throw new LineupError('source_unsupported', sentence`No audience can be read from "${name}".`);
    return provider;
  }
}
