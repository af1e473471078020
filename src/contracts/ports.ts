/**
 * The ports that the export needs from whoever runs it: the files of a data directory for the command line, a database
 * for the service.
 */

import { setTimeout as delay } from 'node:timers/promises';
import type { RequestLane } from './line-limits.ts';
import type { RunEvent } from './run-events.ts';
import type { RunState } from './run-state.ts';

/** The journal of one run, held by one process at a time. */
export interface RunJournal {
  readonly state: RunState;
  /** Where this run's chunks are staged. */
  readonly staged: RunFolder;
  /** Resolves when the event is durable. @throws {LineupError} `disk_full`, `storage_failed`. */
  append(event: RunEvent): Promise<void>;
}

/** Where chunk files are written, by name. Failures of the disk are thrown as the system tells them. */
export interface ChunkFolder {
  /** What messages call it. */
  readonly place: string;
  /** Begins a file, or goes on after the first `keep` bytes of one; what stands behind them is cut off. */
  open(name: string, keep?: number): Promise<ChunkWriter>;
  /** Removes a file; one that is not there is no failure. */
  remove(name: string): Promise<void>;
}

export interface ChunkWriter {
  /** Resolves when they are written. Reads `bytes` until then, so they must stay as they are. */
  append(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/**
 * The staged files of a run, sealed on the disk under a key that only this run has. Without the key, or after a change of any
 * byte, a file is as good as none.
 */
export interface RunFolder extends ChunkFolder {
  /** The names of the files there are. */
  names(): Promise<string[]>;
  /** How many bytes of content a file holds; undefined when it is not there, or can never be read. */
  size(name: string): Promise<number | undefined>;
  /** The first `bytes` bytes of a file; each block stays as it is. Fails unless they are what was written. */
  read(name: string, bytes: number): AsyncIterable<Uint8Array>;
  /** Writes a small file, in place of the one that is there: at no moment is there a part of it. */
  put(name: string, content: Uint8Array): Promise<void>;
  /** Makes the folder, empty: what an earlier, broken scan left there is of no use. */
  clear(): Promise<void>;
  /** Removes it all: first the key, which makes everything else unreadable. */
  discard(): Promise<void>;
}

/** What earlier runs tell about an audience. */
export interface RunHistory {
  /** The last succeeded replace of that audience: what the guard compares with. `at` is when it ended. */
  lastReplace(
    adAccountId: string,
    audienceId: string,
  ): Promise<{ runId: string; unique: number; at: string } | undefined>;
  /** Whether one of these runs made the audience. */
  made(adAccountId: string, audienceId: string): Promise<boolean>;
  /** The id of the run that last wrote to the same audience after `state` did (or, if it never did, after it started). */
  supersededBy(state: RunState): Promise<string | undefined>;
}

/** Gives back what was taken; never throws. */
export type Release = () => void;

/** How somebody waits for a turn. */
export interface WaitOptions {
  readonly signal?: AbortSignal;
  /** Called once, when there is no turn right away. */
  readonly onWait?: () => void;
}

/** LINE's limits over all processes that share the data directory or database. */
export interface SharedLimits {
  /**
   * LINE's requests a second for each access key: a request counts from before it is sent until a second after its answer.
   * Call what `acquire` gives when the request has ended.
   */
  rate(accessKey: string): { acquire(signal?: AbortSignal, lane?: RequestLane): Promise<Release> };
  /** One upload at a time per custom audience; waits for its turn. `audience` is an id, or the name of a new one. */
  audience(adAccountId: string, audience: string, options?: WaitOptions): Promise<Release>;
  /** One of the REPLACE uploads that an ad account may have at once, from the request until LINE's job has ended. */
  replaceSlot(adAccountId: string, options?: WaitOptions): Promise<Release>;
}

/**
 * Where a run works. A process has a few places: scanning and uploading need one, waiting does not, so that a run which waits
 * for LINE keeps no other from its work.
 */
export interface WorkPlace {
  /** Waits for a place, unless the run has one. */
  take(options?: WaitOptions): Promise<void>;
  /** Gives it to others, if the run has one. */
  leave(): void;
}

/** Time, passed in so that tests own it. LINE's client takes `sleep` as it is. */
export interface Clock {
  now(): Date;
  /** Resolves after `ms`. Rejects with the signal's reason when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Resolves at `time`. Rejects like `sleep`. A clock that is put forward gets there sooner. */
  until(time: Date, signal?: AbortSignal): Promise<void>;
}

/** The clock of this machine. */
export const systemClock: Clock = {
  now: () => new Date(),
  sleep: (ms, signal) => delay(ms, undefined, { signal }),
  until: (time, signal) => delay(Math.max(0, time.getTime() - Date.now()), undefined, { signal }),
};
