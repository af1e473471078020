import type { EventLog } from '../contracts/event-log.ts';
import type { FingerprintFiles } from '../contracts/fingerprints.ts';
import type { Clock, Leases } from '../contracts/ports.ts';
import type { OidcConfig } from '../contracts/single-sign-on.ts';
import type { Tracer } from '../contracts/tracing.ts';
import type { JobsContext } from '../jobs/context.ts';
import type { RunJournals } from '../jobs/run-journals.ts';
import type { UploadStorage } from '../readers/files/upload-storage.ts';
import type { Db } from '../store/database/database.ts';
import type { DatabaseJobStore } from '../store/repositories/job-store.ts';
import type { SecretBox } from '../store/secrets/secret-box.ts';
import type { HealthContext } from './authorization-health.ts';
import type { DestinationAccess } from './destinations.ts';
import type { KnownAuthorizations } from './known-authorizations.ts';
import type { ReadSecret } from './secrets-outside.ts';
import type { Provider } from './single-sign-on/provider.ts';
import type { SourceRegistry } from './sources/registry.ts';

/** The dependencies of the use cases. */
export interface UseCaseDeps extends HealthContext {
  readonly db: Db;
  readonly box: SecretBox;
  readonly jobs: JobsContext & { readonly store: DatabaseJobStore };
  readonly log: EventLog;
  /** @default none */
  readonly tracer?: Tracer | undefined;
  readonly authorizations: KnownAuthorizations;
  /** Reads secrets outside Lineup. */
  readonly readSecret: ReadSecret;
  readonly destinations: DestinationAccess;
  readonly leases: Leases;
  readonly sources: SourceRegistry;
  readonly sleep: Clock['sleep'];
  /** The directory of staged chunks on this machine, with one subdirectory per run. */
  readonly stagingRoot: string;
  readonly uploads: UploadStorage;
  /** Whether fingerprints of members are kept, to count who joins an audience and who leaves it. */
  readonly countsTurnover: boolean;
  /** Those fingerprints. Undefined where none are kept. */
  readonly fingerprints: FingerprintFiles | undefined;
  /**
   * The allowed hosts inside the network, from the environment and the settings.
   * @param own those of the settings;
   * @default as they are now
   */
  readonly internalHosts: (own?: readonly string[]) => Promise<readonly string[]>;
  /** Lineup's own folders. Exports never read them. */
  readonly own: readonly string[];
  /** The URL of the web app, for links in messages; null when it is not configured. */
  readonly publicUrl: string | null;
  /** The provider of single sign-on; undefined where none is configured. */
  readonly signOn: { readonly config: OidcConfig; readonly provider: Provider } | undefined;
}

/** The dependencies of the regular chores. */
export interface ChoreDeps extends UseCaseDeps {
  readonly journals: RunJournals;
}
