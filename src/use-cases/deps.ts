import type { EventLog } from '../contracts/event-log.ts';
import type { Clock } from '../contracts/ports.ts';
import type { JobsContext } from '../jobs/context.ts';
import type { UploadStorage } from '../readers/files/upload-storage.ts';
import type { Db } from '../store/database/database.ts';
import type { RunJournals } from '../store/repositories/run-journals.ts';
import type { SecretBox } from '../store/secrets/secret-box.ts';
import type { LineAdsAccess } from './line-ads.ts';
import type { SourceRegistry } from './sources/registry.ts';

/** What the use cases work with. */
export interface UseCaseDeps {
  readonly db: Db;
  readonly box: SecretBox;
  readonly jobs: JobsContext;
  readonly log: EventLog;
  readonly lineAds: LineAdsAccess;
  readonly sources: SourceRegistry;
  readonly now: Clock['now'];
  readonly sleep: Clock['sleep'];
  /** Where this machine stages chunks: a directory a run below it. */
  readonly stagingRoot: string;
  readonly uploads: UploadStorage;
  /** What may be connected to inside the network: of the settings and of the environment, as of now. */
  readonly internalHosts: () => Promise<readonly string[]>;
  /** Folders of Lineup: no export reads them, whatever is opened. */
  readonly own: readonly string[];
  /** Where browsers find the web app, for links in messages; null when nobody said. */
  readonly publicUrl: string | null;
}

/** What the service's regular chores work with. */
export interface ChoreDeps extends UseCaseDeps {
  readonly journals: RunJournals;
}
