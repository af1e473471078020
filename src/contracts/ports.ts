/**
 * The ports of an export. The command line implements them with files of a data directory, the service with a database.
 */

import type { RequestQuota } from '../domain/destinations/limits.ts';
import type { RequestLane, SlotAction } from '../domain/destinations/traits.ts';
import type { RunEvent } from '../domain/runs/run-events.ts';
import type { OpenUpload, RunState } from '../domain/runs/run-state.ts';
import type { LocalizedText } from '../domain/text/sentence.ts';
import type { Secret } from '../domain/values/secret.ts';

/** The journal of one run, held by one process at a time. */
export interface RunJournal {
  readonly state: RunState;
  /** Where this run's chunks are staged. */
  readonly staged: RunFolder;
  /**
   * Resolves when the event is durable.
   * @throws {LineupError} `disk_full`, `database_unreachable`, `storage_failed`.
   */
  append(event: RunEvent): Promise<void>;
  /**
   * Checks that no other process can hold the journal now. Call it right before bytes of the run leave the process: it
   * may have stood still since the last check.
   * @throws {LineupError} `run_taken_over`
   */
  assertHeld(): void;
}

/** A folder for chunk files, by name. Disk errors are thrown as the system reports them. */
export interface ChunkFolder {
  /** The name of the folder in messages. */
  readonly place: string;
  /** Creates a file, or continues one after its first `keep` bytes and cuts off the rest. */
  open(name: string, keep?: number): Promise<ChunkWriter>;
  /** Removes a file. A missing file is no error. */
  remove(name: string): Promise<void>;
}

export interface ChunkWriter {
  /** Resolves when the bytes are written. Do not change `bytes` before that. */
  append(bytes: Uint8Array): Promise<void>;
  /** @param sha256 the digest of the whole content, in hexadecimal, when the file is complete */
  close(sha256?: string): Promise<void>;
}

/**
 * The staged files of a run, encrypted with a key of this run alone. Without the key, or after a change of any byte, a
 * file cannot be read.
 */
export interface RunFolder extends ChunkFolder {
  /** The names of the existing files. */
  names(): Promise<string[]>;
  /** The size of a file's content in bytes; undefined when the file is missing or can never be read. */
  size(name: string): Promise<number | undefined>;
  /**
   * The first `bytes` bytes of a file. The blocks are not reused. Fails when the content is not what was written.
   * @param sha256 the digest of these bytes, in hexadecimal: fails, at the latest after the last block, when they have
   * another one
   */
  read(name: string, bytes: number, sha256?: string): AsyncIterable<Uint8Array>;
  /** Writes or replaces a small file atomically. */
  put(name: string, content: Uint8Array): Promise<void>;
  /** Creates an empty folder, and deletes files of an earlier, broken scan. */
  clear(): Promise<void>;
  /** Removes everything. The key goes first, so the files become unreadable at once. */
  discard(): Promise<void>;
}

/** What is known of an audience from earlier runs. */
export interface RunHistory {
  /**
   * The last replace of the audience that is complete at LINE, for the guard, also when another delivery of its run has
   * failed. `at` is the end of that run.
   */
  lastReplace(
    adAccountId: string,
    audienceId: string,
  ): Promise<{ runId: string; unique: number; at: string } | undefined>;
  /**
   * The sizes of the last `runs` successful runs of the same job, newest first, without this run. Empty for a run
   * without a job.
   * @param delivery from 2: only deliveries of these runs to the same audience as that delivery of the run. @default
   * the first one
   */
  sizesBefore(runId: string, runs: number, delivery?: number): Promise<readonly number[]>;
  /** Whether one of these runs created the audience. */
  made(adAccountId: string, audienceId: string): Promise<boolean>;
  /**
   * Whether another run of the same job has asked for the audience that this delivery creates, and does not know
   * whether it was made. False for a run without a job.
   */
  mayBeMade(delivery: RunState): Promise<boolean>;
  /**
   * The run that last wrote to the same audience after this delivery did (or after the start of its run, if it never
   * wrote).
   */
  supersededBy(delivery: RunState): Promise<string | undefined>;
  /**
   * The uploads whose end at LINE nobody has seen, of the other run that wrote last to the audience of this delivery.
   * LINE may still get them, or list them late. That run has waited for those of the runs before.
   */
  openUploads(delivery: RunState): Promise<readonly OpenUpload[]>;
  /**
   * The ids of the upload jobs that the journals of other runs to the audience of this delivery know, of runs that
   * wrote to it shortly before this one, or later. An upload of this run is none of them. Null when one of these runs
   * does not know what became of its upload: a job that no journal knows may be of that one.
   */
  jobIdsOfOthers(delivery: RunState): Promise<readonly string[] | null>;
  /**
   * The deliveries of all runs whose REPLACE in this ad account has an end at LINE that no run has seen. A later run to
   * the audience has seen the end of those before it.
   */
  openReplaces(adAccountId: string): Promise<readonly RunState[]>;
}

/** Releases a turn or a place; never throws. */
export type Release = () => void;

/** A lock with a name, over all processes and machines. It expires when its holder stops renewing it. */
export interface Lease {
  readonly name: string;
  /** Rises with each new holder. Writes under the lease check it. */
  readonly token: number;
  /** Aborted when the lease is lost: another process has it, or its time has passed without a renewal. */
  readonly lost: AbortSignal;
  /** Looks whether its time has passed. @throws {LineupError} `run_taken_over` when the lease is lost */
  readonly assertHeld: () => void;
  /** Never rejects. Another process may take the lease after it resolves. */
  readonly release: () => Promise<void>;
}

export interface Leases {
  /** Takes the first free lease of `names`. Undefined when none is free. */
  tryTake(names: readonly string[]): Promise<Lease | undefined>;
}

/** An access token that expires, as the processes of an installation share it. */
export interface StoredToken {
  readonly token: Secret;
  readonly mintedAt: Date;
  readonly expiresAt: Date;
  /** What mints the next one, as a refresh token. */
  readonly keep: Secret | null;
  /**
   * A digest of the credentials that it was minted with. With other ones it is not used. It is not the revision of the
   * authorization, which also rises with a new label: then a person would have to connect again for that.
   */
  readonly belongsTo: string;
  /** The other side has refused to mint the next one from what is kept. Nobody asks it again with that. */
  readonly refused?: RefusedMint | undefined;
}

export interface RefusedMint {
  /** A digest of the credentials with which it was asked. With other ones it may be asked again. */
  readonly askedWith: string;
  readonly why: LocalizedText;
}

/** Where the token of one authorization is. */
export interface TokenStore {
  /** Undefined when there is none, and when nobody can read it any more. */
  read(): Promise<StoredToken | undefined>;
  /** Takes the turn to mint the next one. Undefined while it is taken, by this process or another one. */
  tryTurn(): Promise<MintTurn | undefined>;
}

export interface MintTurn {
  /** Aborted when another process may have the turn. */
  readonly lost: AbortSignal;
  /** @throws {LineupError} `run_taken_over` when the turn is lost */
  save(token: StoredToken): Promise<void>;
  /** Never rejects. */
  release(): Promise<void>;
}

/** Options of waiting for a turn. */
export interface WaitOptions {
  readonly signal?: AbortSignal;
  /** Called once if the turn is not free at once. */
  readonly onWait?: () => void;
}

/**
 * The limits of destinations, enforced across all processes that share the data directory or the database. A key and an
 * account are named by `limitKey` (domain/destinations/limits.ts).
 */
export interface SharedLimits {
  /**
   * Limits the requests. One counts from before it is sent until the window after its answer. Call the result of
   * `acquire` when the request has ended.
   */
  rate(quota: RequestQuota): { acquire(signal?: AbortSignal, lane?: RequestLane): Promise<Release> };
  /**
   * For so long, 40 s at most, no process begins a request of this key, because the destination has refused one as one
   * too many. Only those go that have looked for a pause a moment ago and found none. It never shortens a pause.
   */
  pause(key: string, ms: number): Promise<void>;
  /** Waits for a turn: one upload at a time per audience. `audience` is an id, or the name of a new audience. */
  audience(account: string, audience: string, options?: WaitOptions): Promise<Release>;
  /**
   * Waits for the turn to begin an upload that needs one of the account's slots: one run at a time counts those that
   * the destination has.
   */
  slotTurn(account: string, action: SlotAction, options?: WaitOptions): Promise<Release>;
}

/**
 * The places of a process in which runs work. There are only a few. Scanning and uploading need a place; waiting does
 * not, so a run that waits for LINE does not block others.
 */
export interface WorkPlace {
  /** Waits for a place, unless the run has one already. */
  take(options?: WaitOptions): Promise<void>;
  /** Releases the place, if the run has one. */
  leave(): void;
}

/** Time. Everything that needs it gets it from here, so that tests and the simulation of faults control it. */
export interface Clock {
  now(): Date;
  /** Milliseconds of a clock that nobody sets, from an arbitrary start: for durations. */
  monotonic(): number;
  /** Resolves after `ms`. Rejects with the signal's reason when it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Resolves at `time`, earlier if a test moves its clock forward. Rejects like `sleep`. */
  until(time: Date, signal?: AbortSignal): Promise<void>;
  /** Calls `work` after every `ms`, until the release is called. It does not keep the process alive. */
  every(ms: number, work: () => void): Release;
}
