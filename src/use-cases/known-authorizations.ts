/**
 * The authorizations that checks, previews and runs know: those that are saved, and while a plan is checked, also those
 * that it would make.
 */
import { Secret } from '../domain/values/secret.ts';
import type { Db } from '../store/database/database.ts';
import { getAuthorization, revealConfiguration } from '../store/repositories/authorizations.ts';
import type { SecretBox } from '../store/secrets/secret-box.ts';
import { type ReadSecret, withSecrets } from './secrets-outside.ts';

export interface KnownAuthorizations {
  /** @throws {LineupError} `not_found` */
  providerOf(id: string): Promise<string>;
  /** The credentials, for immediate use. @throws {LineupError} `not_found` */
  reveal(id: string): Promise<Secret<Record<string, string>>>;
  /** Whether these credentials are those of the saved authorization. */
  isSaved(id: string): boolean;
}

export const savedAuthorizations = (db: Db, box: SecretBox, read: ReadSecret): KnownAuthorizations => ({
  providerOf: async (id) => (await getAuthorization(db, id)).provider,
  reveal: async (id) => {
    const { provider, method } = await getAuthorization(db, id);
    const configuration = (await revealConfiguration(db, box, id)).reveal();
    return new Secret(await withSecrets({ provider, method, configuration }, read));
  },
  isSaved: () => true,
});

interface Planned {
  readonly id: string;
  readonly provider: string;
  readonly method: string;
  /** Null: the client does not have the credentials. */
  readonly configuration: Record<string, string> | null;
}

/** Planned ones hide saved ones with the same id: the plan gives them other credentials. */
export function withPlanned(
  saved: KnownAuthorizations,
  planned: readonly Planned[],
  read: ReadSecret,
): KnownAuthorizations {
  const byId = new Map(planned.map((authorization) => [authorization.id, authorization]));
  return {
    providerOf: async (id) => byId.get(id)?.provider ?? (await saved.providerOf(id)),
    reveal: async (id) => {
      const found = byId.get(id);
      if (!found) return saved.reveal(id);
      const { provider, method, configuration } = found;
      if (configuration) return new Secret(await withSecrets({ provider, method, configuration }, read));
      throw new Error('a check without credentials must not need them');
    },
    isSaved: (id) => !byId.has(id) && saved.isSaved(id),
  };
}
