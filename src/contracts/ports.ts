/**
 * The ports that the export needs from whoever runs it: the files of a data directory for the command line, a database
 * for the service.
 */
import type { RunEvent } from './run-events.ts';
import type { RunState } from './run-state.ts';

/** The journal of one run, held by one process at a time. */
export interface RunJournal {
  readonly state: RunState;
  /** Where this run's staged chunks are, mode 0700. */
  readonly stagingDirectory: string;
  /** Resolves when the event is durable. @throws {LineupError} `disk_full`, `storage_failed`. */
  append(event: RunEvent): Promise<void>;
  /** Makes the staging directory, empty: what an earlier, broken scan left there is of no use. */
  makeStagingDirectory(): Promise<void>;
  /** Removes the staged chunks. */
  discardStaged(): Promise<void>;
}

/** What earlier runs tell about an audience. */
export interface RunHistory {
  /** The last succeeded replace of that audience: what the guard compares with. */
  lastReplace(
    adAccountId: string,
    audienceId: string,
  ): Promise<{ runId: string; unique: number } | undefined>;
  /** The id of the run that last wrote to the same audience after `state` did (or, if it never did, after it started). */
  supersededBy(state: RunState): Promise<string | undefined>;
}

/** Gives back what was taken; never throws. */
export type Release = () => void;

/** LINE's limits over all processes that share the data directory or database. */
export interface SharedLimits {
  /** At most 10 requests in any one second per access key. */
  rate(accessKey: string): { acquire(signal?: AbortSignal): Promise<void> };
  /** One upload at a time per custom audience; waits for its turn. `audience` is an id, or a name being created. */
  audience(adAccountId: string, audience: string, signal?: AbortSignal): Promise<Release>;
  /** At most 3 REPLACE at once per ad account, from the request until LINE's job has ended. */
  replaceSlot(adAccountId: string, signal?: AbortSignal): Promise<Release>;
}
