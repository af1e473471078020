/**
 * A database in memory with what the service relies on in PostgreSQL: transactions of which others see nothing before
 * the commit, each statement of which sees what is committed by then (READ COMMITTED), locks on rows until the end,
 * deadlocks that end one transaction, constraints. What is committed is durable; everything else is gone with its
 * process.
 */

import type { DomainEvent } from '../../src/contracts/domain-events.ts';
import type { NewTransition, OpenAlert, StoredJob } from '../../src/contracts/job-store.ts';
import type { StoredToken } from '../../src/contracts/ports.ts';
import type { RunSummary, RunTrigger } from '../../src/contracts/runs.ts';
import type { IdentifierType } from '../../src/domain/audiences/requests.ts';
import type { StoredApproval } from '../../src/domain/jobs/approvals.ts';
import type { summariseDelivery } from '../../src/domain/runs/run-document.ts';
import type { RunEvent } from '../../src/domain/runs/run-events.ts';
import type { AtLine } from '../../src/domain/runs/run-state.ts';
import type { LocalizedText } from '../../src/domain/text/sentence.ts';
import type { TriggerLook } from '../../src/store/repositories/trigger-looks.ts';
import { BlockedError } from '../engine/timeline.ts';

/** What is asked of one delivery of a run. */
export interface DeliveryRow extends ReturnType<typeof summariseDelivery> {
  /** From 1. */
  readonly delivery: number;
  readonly identifier_type: IdentifierType;
  readonly id_field: string;
  /** The audience whose place that of the delivery takes. Null where it renews none. */
  readonly renews: string | null;
}

export interface RunRow
  extends Omit<RunSummary, 'queued_at' | 'ended_at' | 'job_id' | 'siblings' | 'trigger' | 'cause'> {
  readonly job_id: string | null;
  readonly trigger: RunTrigger;
  readonly cause: LocalizedText | null;
  readonly queued_at: Date;
  readonly ended_at: Date | null;
  readonly last_write_at: Date | null;
  readonly approval: StoredApproval | null;
  readonly stop_requested: 'pause' | 'end' | null;
  readonly forbidden: boolean;
  readonly events: number;
  readonly at_line: AtLine;
  /** Empty until the run starts. */
  readonly deliveries: readonly DeliveryRow[];
}

export interface LeaseRow {
  readonly holder: string;
  readonly token: number;
  readonly expiresAt: number;
  /** What the version of its holder knows: the number of its last migration. */
  readonly knows: number;
}

/** A migration that is applied, by its number. */
export interface MigrationRow {
  /** The oldest version that may work on the tables from then on, by the last migration that it knows. */
  readonly oldest: number;
}

/** One of the places for requests of a key, or its pause. */
export interface PlaceRow {
  readonly held: boolean;
  readonly token: number;
  readonly until: number;
}

/** Which run has left the fingerprints of its members, and in which file. */
export interface FingerprintsRow {
  readonly runId: string;
  readonly delivery: number;
  readonly jobId: string;
  readonly identifierType: IdentifierType;
  readonly field: string;
  readonly file: string;
}

export type TransitionRow = NewTransition & { readonly id: number; readonly at: Date };

/** What each table holds, by its key. Rows are replaced, never changed. */
export interface Tables {
  jobs: StoredJob;
  runs: RunRow;
  /** The journal of a run, by the id of the run. */
  events: readonly RunEvent[];
  /** The log of a job, by the id of the job. */
  transitions: readonly TransitionRow[];
  /** The looks at the sources of jobs, by the id of the job. */
  looks: TriggerLook & { readonly nextAt: Date };
  /** The webhooks that have come, by job and id. */
  webhooks: { readonly at: Date };
  /** Open alerts, by job and rule. */
  alerts: OpenAlert & { readonly jobId: string };
  leases: LeaseRow;
  migrations: MigrationRow;
  /** By the hash of a key. */
  places: readonly PlaceRow[];
  /** The keys of staged files, by the id of the run. */
  stagingKeys: true;
  /** The access tokens of authorizations, by their ids. */
  tokens: StoredToken;
  /** By run and delivery. */
  fingerprints: FingerprintsRow;
  /** The number of the key of all fingerprints. Missing: the first one. */
  fingerprintKey: number;
  /** The queue: messages about runs. */
  messages: true;
  outbox: DomainEvent;
}

export type TableName = keyof Tables;

const names: readonly TableName[] = [
  'jobs',
  'runs',
  'events',
  'transitions',
  'looks',
  'webhooks',
  'alerts',
  'leases',
  'migrations',
  'places',
  'stagingKeys',
  'tokens',
  'fingerprints',
  'fingerprintKey',
  'messages',
  'outbox',
];

/** An error as the driver of PostgreSQL gives it. */
export class DatabaseError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** What a server says that shuts down, has crashed, or starts. */
export const restarting = (code: '57P01' | '57P02' | '57P03') =>
  new DatabaseError(code, 'the database system is not available now');

export const connectionLost = () => new DatabaseError('08006', 'the connection to the database is lost');

/**
 * How a transaction locks a row, with the names of PostgreSQL. A reference to a row only keeps it from being deleted
 * (`key share`), and so it does not wait for a change of the row (`no key update`). It waits for a deletion, and for
 * `select … for update` (`update`).
 */
export type LockMode = 'key share' | 'no key update' | 'update';

const strengths: Readonly<Record<LockMode, number>> = { 'key share': 1, 'no key update': 2, update: 3 };
/** Locks of two transactions conflict when their strengths exceed this together. */
const STRENGTH_TOGETHER = 3;

interface Holder {
  readonly transaction: MemoryTransaction;
  strength: number;
}

type Rows = { [Name in TableName]: Map<string, Tables[Name]> };
/** What a transaction writes; null for a deleted row. */
export type Writes = { [Name in TableName]: ReadonlyMap<string, Tables[Name] | null> };

/** Stands for a table in which nothing was written. Most transactions write in one or two. */
const unwritten: ReadonlyMap<string, never> = new Map<string, never>();

const nothingWritten = () => ({
  jobs: unwritten,
  runs: unwritten,
  events: unwritten,
  transitions: unwritten,
  looks: unwritten,
  webhooks: unwritten,
  alerts: unwritten,
  leases: unwritten,
  migrations: unwritten,
  places: unwritten,
  stagingKeys: unwritten,
  tokens: unwritten,
  fingerprints: unwritten,
  fingerprintKey: unwritten,
  messages: unwritten,
  outbox: unwritten,
});

export class MemoryDatabase {
  readonly rows = Object.fromEntries(names.map((name) => [name, new Map()])) as Rows;
  /** Called after each commit, with what it changed. */
  onCommit: (writes: Writes) => void = () => {};
  /** Counts the commits. */
  version = 0;
  readonly #holders = new Map<string, Holder[]>();
  readonly #unlock: (lock: string) => void;
  #tokens = 0;
  #transitions = 0;
  #outbox = 0;

  /** @param unlock wakes those that wait for a lock */
  constructor(unlock: (lock: string) => void = () => {}) {
    this.#unlock = unlock;
  }

  nextToken(): number {
    this.#tokens += 1;
    return this.#tokens;
  }

  nextTransition(): number {
    this.#transitions += 1;
    return this.#transitions;
  }

  nextOutbox(): number {
    this.#outbox += 1;
    return this.#outbox;
  }

  /** @throws {BlockedError} while another transaction has it; {DatabaseError} when both wait for each other */
  lock(transaction: MemoryTransaction, lock: string, mode: LockMode): void {
    const strength = strengths[mode];
    const holders = this.#holders.get(lock);
    if (!holders) {
      this.#holders.set(lock, [{ transaction, strength }]);
      transaction.locks.push(lock);
      transaction.waitsFor = [];
      return;
    }
    let own: Holder | undefined;
    const others: MemoryTransaction[] = [];
    for (const holder of holders) {
      if (holder.transaction === transaction) own = holder;
      else if (holder.strength + strength > STRENGTH_TOGETHER) others.push(holder.transaction);
    }
    if (others.length > 0) this.#wait(transaction, lock, others);
    transaction.waitsFor = [];
    if (own) {
      own.strength = Math.max(own.strength, strength);
    } else {
      holders.push({ transaction, strength });
      transaction.locks.push(lock);
    }
  }

  /** Waits for those that have changed a row, and not for those that have only locked it. */
  awaitWriters(transaction: MemoryTransaction, table: TableName, key: string): void {
    const lock = lockOf(table, key);
    const writers = (this.#holders.get(lock) ?? [])
      .map((holder) => holder.transaction)
      .filter((holder) => holder !== transaction && holder.hasWritten(table, key));
    if (writers.length > 0) this.#wait(transaction, lock, writers);
  }

  unlockAll(transaction: MemoryTransaction): void {
    transaction.waitsFor = [];
    for (const lock of transaction.locks.splice(0)) {
      const left = this.#holders.get(lock)?.filter((holder) => holder.transaction !== transaction) ?? [];
      if (left.length > 0) this.#holders.set(lock, left);
      else this.#holders.delete(lock);
      this.#unlock(lock);
    }
  }

  #wait(transaction: MemoryTransaction, lock: string, others: readonly MemoryTransaction[]): never {
    transaction.waitsFor = others;
    if (others.some((other) => waitsFor(other, transaction))) {
      throw new DatabaseError('40P01', 'deadlock detected');
    }
    throw new BlockedError(lock);
  }
}

const waitsFor = (waiter: MemoryTransaction, another: MemoryTransaction): boolean =>
  waiter.waitsFor.some((next) => next === another || waitsFor(next, another));

const lockOf = (table: TableName, key: string): string => `${table} ${key}`;

/** An open transaction, or a single statement. */
export class MemoryTransaction {
  readonly database: MemoryDatabase;
  readonly locks: string[] = [];
  waitsFor: readonly MemoryTransaction[] = [];
  readonly #writes: Writes = nothingWritten();
  #isOver = false;
  #why = connectionLost;
  /** A statement was refused. PostgreSQL then takes everything back and refuses all further statements. */
  #isFailed = false;

  constructor(database: MemoryDatabase) {
    this.database = database;
  }

  /**
   * Does one statement of several. It takes its locks before it writes, because a statement that waits begins again.
   */
  attempt<T>(step: (tx: MemoryTransaction) => T): T {
    try {
      return step(this);
    } catch (error) {
      if (error instanceof DatabaseError && !this.#isOver) {
        this.#isFailed = true;
        this.database.unlockAll(this);
      }
      throw error;
    }
  }

  get<Name extends TableName>(table: Name, key: string): Tables[Name] | undefined {
    this.#assertOpen();
    const own = this.#writes[table].get(key);
    return own === undefined ? this.database.rows[table].get(key) : (own ?? undefined);
  }

  entries<Name extends TableName>(table: Name): [string, Tables[Name]][] {
    this.#assertOpen();
    const writes = this.#writes[table];
    const rows = this.database.rows[table];
    if (writes.size === 0) return [...rows];
    const found: [string, Tables[Name]][] = [];
    for (const [key, row] of rows) if (!writes.has(key)) found.push([key, row]);
    for (const [key, row] of writes) if (row !== null) found.push([key, row]);
    return found;
  }

  values<Name extends TableName>(table: Name): Tables[Name][] {
    return this.entries(table).map(([, row]) => row);
  }

  hasWritten(table: TableName, key: string): boolean {
    return this.#writes[table].has(key);
  }

  /** Locks a row until the end. */
  lock(table: TableName, key: string, mode: LockMode = 'update'): void {
    this.#assertOpen();
    this.database.lock(this, lockOf(table, key), mode);
  }

  /** Locks something that is not a row, until the end. */
  lockName(name: string): void {
    this.#assertOpen();
    this.database.lock(this, name, 'update');
  }

  /** Waits for another transaction that has changed a row, as a unique index does. */
  awaitWriters(table: TableName, key: string): void {
    this.database.awaitWriters(this, table, key);
  }

  put<Name extends TableName>(table: Name, key: string, row: Tables[Name]): void {
    this.lock(table, key, 'no key update');
    this.#written(table).set(key, row);
  }

  delete(table: TableName, key: string): void {
    this.lock(table, key);
    this.#written(table).set(key, null);
  }

  #written<Name extends TableName>(table: Name): Map<string, Tables[Name] | null> {
    const writes: { [Key in TableName]: ReadonlyMap<string, unknown> } = this.#writes;
    if (writes[table] === unwritten) writes[table] = new Map();
    return writes[table] as Map<string, Tables[Name] | null>;
  }

  commit(): void {
    this.#assertOpen();
    for (const name of names) {
      if (this.#writes[name] === unwritten) continue;
      const rows: Map<string, unknown> = this.database.rows[name];
      for (const [key, row] of this.#writes[name]) {
        if (row === null) rows.delete(key);
        else rows.set(key, row);
      }
    }
    this.database.version += 1;
    this.database.onCommit(this.#writes);
    this.#end();
  }

  /** Takes everything back. A second call does nothing. @param why what further statements get */
  rollBack(why = connectionLost): void {
    if (this.#isOver) return;
    this.#end();
    this.#why = why;
  }

  #end(): void {
    this.#isOver = true;
    this.database.unlockAll(this);
  }

  #assertOpen(): void {
    if (this.#isOver) throw this.#why();
    if (this.#isFailed) throw new DatabaseError('25P02', 'the transaction is aborted');
  }
}
