/**
 * Two versions of the service in one history: the older one, with which it begins, and a newer one, which updates the
 * tables while older processes run. Both are the code of this version. They differ in what they know.
 */

import type { JobReads, JobStore, StoredJob } from '../../src/contracts/job-store.ts';
import type { JobConfiguration } from '../../src/domain/jobs/configuration.ts';
import type { LookTable } from '../../src/store/repositories/trigger-looks.ts';
import type { UpgradeFault } from './planned-faults.ts';
import type { NextMigration } from './storage.ts';

/** What a version knows: the number of its last migration, counted from the beginning of the history. */
export const OLDER = 0;
export const NEWER = 1;

export const migrationOf = ({ excludes }: Pick<UpgradeFault, 'excludes'>): NextMigration => ({
  number: NEWER,
  oldest: excludes ? NEWER : OLDER,
});

/**
 * The country plays the key of a configuration that only the newer version knows. Emails and advertising ids have none.
 */
const KEY = 'default_country';

export const withNewKey = (configuration: JobConfiguration, isUsed: boolean): JobConfiguration => ({
  ...configuration,
  [KEY]: isUsed ? 'JP' : null,
});

export const usesNewKey = ({ configuration }: Pick<StoredJob, 'configuration'>): boolean => configuration[KEY] !== null;

const asOlder = (job: StoredJob): StoredJob =>
  usesNewKey(job) ? { ...job, damaged: [...job.damaged, `configuration.${KEY}`] } : job;

const readsAsOlder = (reads: JobReads) => ({
  getJob: async (id: string) => asOlder(await reads.getJob(id)),
  sleepingJobs: async (after: Date) => (await reads.sleepingJobs(after)).map(asOlder),
});

/** The store as the older version reads it. */
export const olderStore = (store: JobStore): JobStore => ({
  ...store,
  ...readsAsOlder(store),
  transaction: (work) =>
    store.transaction((tx) =>
      work({ ...tx, ...readsAsOlder(tx), lockJob: async (id) => asOlder(await tx.lockJob(id)) }),
    ),
});

/** The looks as the older version reads them. */
export const olderLooks = (looks: LookTable): LookTable => ({
  ...looks,
  due: async (...given) => (await looks.due(...given)).map(asOlder),
});
