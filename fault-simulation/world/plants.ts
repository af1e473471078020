/** Tests plant mistakes in a process: a function gets a part of the service and gives back one with a mistake. */
import type { LineAdsClient } from '../../packages/line-ads/src/index.ts';
import type { LyAdsClient } from '../../packages/ly-ads/src/index.ts';
import type { JobStore } from '../../src/contracts/job-store.ts';
import type { Leases, RunFolder, SharedLimits } from '../../src/contracts/ports.ts';
import type { Destination } from '../../src/destinations/destination.ts';
import type { TokenRules } from '../../src/destinations/tokens.ts';
import type { JobsContext } from '../../src/jobs/context.ts';
import type { Execution } from '../../src/jobs/worker.ts';
import type { Source } from '../../src/sources/source.ts';
import type { LeaseTable } from '../../src/store/coordination/leases.ts';
import type { PlaceTable } from '../../src/store/coordination/request-turns.ts';
import type { Disk, Files } from '../../src/store/data-directory/disk.ts';
import type { RunFiles } from '../../src/store/data-directory/run-files.ts';
import type { LookDeps } from '../../src/use-cases/jobs/triggers/look.ts';
import type { PartFiles } from '../../src/use-cases/split/files.ts';
import type { ProcessFingerprints, VersionedTables } from './storage.ts';

export type MarkRead = (execution: Pick<Execution, 'job' | 'run' | 'signal'>) => Promise<void>;

export interface Plants {
  readonly store?: (store: JobStore) => JobStore;
  readonly leaseTable?: (table: LeaseTable) => LeaseTable;
  /** The leases of runs. */
  readonly leases?: (leases: Leases) => Leases;
  readonly places?: (table: PlaceTable) => PlaceTable;
  readonly limits?: (limits: SharedLimits) => SharedLimits;
  readonly folder?: (folder: RunFolder) => RunFolder;
  readonly fingerprints?: (fingerprints: ProcessFingerprints) => ProcessFingerprints;
  /** The files of the parts of a split run. */
  readonly partFiles?: (files: PartFiles) => PartFiles;
  /** What the chore uses that looks at sources. */
  readonly looking?: (deps: LookDeps) => LookDeps;
  /** What a run notes of its source before it reads. */
  readonly marking?: (mark: MarkRead) => MarkRead;
  readonly queue?: (queue: JobsContext['queue']) => JobsContext['queue'];
  /** What a process tells the database of what its version knows. */
  readonly knows?: (knows: number) => number;
  /** How an older process asks whether it may still work on the tables. */
  readonly outdated?: (ask: VersionedTables['outdated']) => VersionedTables['outdated'];
  /** Mistakes against LINE Ads and LY Ads, with tokens, and against the port of destinations. */
  readonly client?: (client: LineAdsClient) => LineAdsClient;
  readonly lyAdsClient?: (client: LyAdsClient) => LyAdsClient;
  readonly tokens?: (rules: TokenRules) => TokenRules;
  readonly destination?: (destination: Destination) => Destination;
  readonly source?: (source: Source) => Source;
  /** The source of a suppression list. */
  readonly list?: (list: Source) => Source;
  readonly execution?: (execution: Execution) => Execution;
  /** The files of the command line. */
  readonly files?: (files: Files) => Files;
  /** How the command line takes its locks. */
  readonly locks?: (tryLock: Disk['tryLock']) => Disk['tryLock'];
  /** What the command line knows of earlier runs. */
  readonly runs?: (runs: RunFiles) => RunFiles;
}

/** @returns the part with its mistake, or the part as it is */
export const planted = <T>(plant: ((part: T) => T) | undefined, part: T): T => plant?.(part) ?? part;
