/**
 * The storage of a history: what processes use, and what the invariants see of it. It is in memory (memory/storage.ts),
 * or in PGlite (pglite/storage.ts).
 */
import type { DomainEvent } from '../../src/contracts/domain-events.ts';
import type { FingerprintFiles } from '../../src/contracts/fingerprints.ts';
import type { JobStore, LeaseClaim, StoredJob } from '../../src/contracts/job-store.ts';
import type { Leases, TokenStore } from '../../src/contracts/ports.ts';
import type { IdentifierType } from '../../src/domain/audiences/requests.ts';
import type { LineupError } from '../../src/domain/errors/errors.ts';
import type { RunEvent } from '../../src/domain/runs/run-events.ts';
import type { LeaseTable } from '../../src/store/coordination/leases.ts';
import type { PlaceTable } from '../../src/store/coordination/request-turns.ts';
import type { LookTable } from '../../src/store/repositories/trigger-looks.ts';
import type { KnownLife } from '../../src/use-cases/renewals.ts';
import type { PartFiles } from '../../src/use-cases/split/files.ts';
import type { Process } from '../engine/process.ts';
import type { LeaseRow, RunRow, TransitionRow } from '../memory/database.ts';

type SeenRun = Pick<RunRow, 'id' | 'job_id' | 'status' | 'trigger' | 'approval' | 'stop_requested' | 'queued_at'>;
export type SeenTransition = Pick<TransitionRow, 'action' | 'from' | 'to' | 'runId'>;

/** The tables that the invariants look at. */
interface Seen {
  jobs: StoredJob;
  runs: SeenRun;
  /** The journal of a run, by the id of the run. */
  events: readonly RunEvent[];
  /** The log of a job, by the id of the job. */
  transitions: readonly SeenTransition[];
  /** The looks at the sources of jobs, by the id of the job. */
  looks: { readonly nextAt: Date };
  /** `expiresAt` is in machine time. */
  leases: Pick<LeaseRow, 'holder' | 'expiresAt'>;
  messages: true;
  outbox: DomainEvent;
}

/** What is committed. */
export type SeenRows = { readonly [Name in Exclude<keyof Seen, 'outbox'>]: ReadonlyMap<string, Seen[Name]> };
/** What a commit has changed; null for a deleted row. */
export type SeenWrites = { readonly [Name in keyof Seen]: ReadonlyMap<string, Seen[Name] | null> };

export interface Storage {
  readonly rows: SeenRows;
  /** Another number after each commit. */
  readonly version: number;
  /** Called after each commit. */
  onCommit: (writes: SeenWrites) => void;
  /** The database takes back what is not committed. */
  restart(): void;
  open(options: OpenOptions): ProcessStorage;
  newFingerprintPlace(): FingerprintPlace;
}

/** A directory with fingerprints of members. */
export interface FingerprintPlace {
  /** Whether its disk has no space. */
  isFull: () => boolean;
  /** Nobody can read or write in it before this machine time. */
  awayUntil: number;
  readonly names: readonly string[];
  /** Its files are gone. */
  lose(): void;
  /** Its files are not as they were written any more. */
  damage(): void;
}

/** The fingerprints of members, as one process uses them. */
export interface ProcessFingerprints {
  readonly files: FingerprintFiles;
  /** What the chore does. */
  tidy(): Promise<void>;
  /** Somebody of this identifier type asks to be forgotten. */
  forget(type: IdentifierType): Promise<void>;
  /** The key of all fingerprints is lost. */
  loseKey(): Promise<void>;
}

/** Do the statements of processes, or make them fail. */
export interface DatabaseFaults {
  /** One statement or one commit. */
  perform<T>(process: Process, what: string, work: () => T): Promise<T>;
  /** One statement of an open transaction. */
  performWithin<T>(process: Process, what: string, work: () => T): Promise<T>;
  /**
   * One statement or one whole transaction of a database that is not in memory.
   * @param work calls `beforeCommit` and `afterCommit` around the commit of a journal's entry
   */
  performOutside<T>(process: Process, what: string, work: () => Promise<T>): Promise<T>;
  /** A process is about to make an entry of a journal durable. @throws {VanishedError} when it dies first */
  beforeCommit(process: Process, entry: string): void;
  /** The entry is durable. @throws {VanishedError} when the process dies; {DatabaseError} when the answer is lost */
  afterCommit(process: Process): void;
}

export interface OpenOptions {
  readonly process: Process;
  readonly faults: DatabaseFaults;
  readonly newJobId: () => string;
  /** The number of the last migration that the version of the process knows. */
  readonly knows: number;
}

/** What a newer version does to the tables. */
export interface NextMigration {
  readonly number: number;
  /** The oldest version that may work on the tables from then on, by the last migration that it knows. 0: each. */
  readonly oldest: number;
}

/** The tables, as a version sees them. */
export interface VersionedTables {
  /**
   * What a process does when it starts.
   * @throws {LineupError} `database_newer` when its version is too old for the tables
   */
  update(migration: NextMigration | undefined): Promise<void>;
  /** Why this version may not work on the tables any more, if so. */
  outdated(): Promise<LineupError | undefined>;
}

/** The storage as one process uses it. */
export interface ProcessStorage {
  readonly store: JobStore;
  readonly leaseTable: LeaseTable;
  readonly tables: VersionedTables;
  readonly placeTable: PlaceTable;
  readonly messages: Messages;
  readonly looks: LookTable;
  stagingKey(runId: string, lease: LeaseClaim): StagingKeyRow;
  fingerprints(place: FingerprintPlace): ProcessFingerprints;
  /** @param leases those of the process */
  tokenStore(authorizationId: string, leases: Leases): TokenStore;
  /** The files of the parts of a run, where they are more than those of the world (part-files.ts). */
  partFiles?(runId: string): PartFiles;
  /** The parts of a split job. */
  partsOf(jobId: string): Promise<readonly StoredJob[]>;
  /** What is known of the ends of the audiences that a job has, by their ids. */
  lives(job: StoredJob): Promise<ReadonlyMap<string, KnownLife>>;
  /** Wakes the jobs that wait for this authorization. */
  wakeWaiting(authorizationId: string, now: Date): Promise<void>;
  /** The process is gone: the database takes back what is not committed. */
  close(): void;
}

/** The queue: messages about runs. */
export interface Messages {
  sendAgain(runIds: readonly string[]): Promise<void>;
  /** Takes the first one, and forgets it. */
  take(): Promise<string | undefined>;
}

/** The key of a run's staged files. Without it they are as good as gone. */
export interface StagingKeyRow {
  isThere(): Promise<boolean>;
  /** @throws {LineupError} `run_taken_over` */
  make(): Promise<void>;
  /** @throws {LineupError} `run_taken_over` */
  delete(): Promise<void>;
}
