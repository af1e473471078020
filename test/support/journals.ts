/** The storage of jobs and the journals of runs on a test's database, without a queue and an outbox. */
import { RunJournals } from '../../src/jobs/run-journals.ts';
import type { HeldLeases } from '../../src/store/coordination/leases.ts';
import type { Db } from '../../src/store/database/database.ts';
import { type DatabaseJobStoreOptions, databaseJobStore } from '../../src/store/repositories/job-store.ts';
import type { SecretBox } from '../../src/store/secrets/secret-box.ts';
import { stagingFolders } from '../../src/store/secrets/staging-keys.ts';

export const storeOn = (db: Db, options: Partial<DatabaseJobStoreOptions> = {}) =>
  databaseJobStore({ db, enqueue: async () => {}, publish: async () => {}, ...options });

interface JournalsOptions {
  readonly leases: HeldLeases;
  readonly box: SecretBox;
  /** @default none: the run stages nothing */
  readonly stagingRoot?: string;
}

export const journalsOn = (db: Db, { leases, box, stagingRoot = '' }: JournalsOptions): RunJournals =>
  new RunJournals({ store: storeOn(db), leases, stagedOf: stagingFolders(db, box, stagingRoot) });
