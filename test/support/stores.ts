/**
 * Runs the same tests on every storage of jobs and runs: PGlite, PostgreSQL, and the memory of the simulation of
 * faults.
 */
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { BlockedError } from '../../fault-simulation/engine/timeline.ts';
import { MemoryConnection, type Perform } from '../../fault-simulation/memory/connection.ts';
import { memoryLeaseTable, memoryPlaceTable } from '../../fault-simulation/memory/coordination.ts';
import { MemoryDatabase } from '../../fault-simulation/memory/database.ts';
import { memoryJobStore } from '../../fault-simulation/memory/job-store.ts';
import { memoryLookTable } from '../../fault-simulation/memory/looks.ts';
import type { JobStore } from '../../src/contracts/job-store.ts';
import { leaseTable } from '../../src/store/coordination/lease-table.ts';
import type { LeaseTable } from '../../src/store/coordination/leases.ts';
import { placeTable } from '../../src/store/coordination/place-table.ts';
import { Queue } from '../../src/store/coordination/queue.ts';
import type { PlaceTable } from '../../src/store/coordination/request-turns.ts';
import type { Database, Db } from '../../src/store/database/database.ts';
import { type LookTable, lookTable } from '../../src/store/repositories/trigger-looks.ts';
import { newId } from '../../src/store/secrets/unguessable.ts';
import { databases, type TestDatabases, useDatabase } from './databases.ts';
import { storeOn } from './journals.ts';
import { NEWEST } from './leases.ts';
import { anAuthorization, newKey, openBox } from './service.ts';

/** What one process uses. */
export interface TestStore {
  readonly store: JobStore;
  readonly leases: LeaseTable;
  readonly places: PlaceTable;
  readonly looks: LookTable;
}

export interface TestStores {
  readonly kind: 'PGlite' | 'PostgreSQL' | 'memory';
  /** Whether one process can read while another has a transaction open. PGlite has one connection. */
  readonly isConcurrent: boolean;
  /**
   * An empty storage for each test of the enclosing `describe`.
   * @param sends whether its transactions send messages to the queue. @default false, because opening the queue takes
   * time
   */
  use(sends?: boolean): {
    /** Another process on the same storage. */
    open(): Promise<TestStore>;
    /** The id of a new authorization. */
    authorize(): Promise<string>;
    /** A file for a part of a split job, as its configuration names it. An authorization must be there. */
    keepFile(): Promise<string>;
    /** Whether a statement waits for a lock. PGlite cannot tell, because it has one connection. */
    isWaiting(): Promise<boolean>;
    /** The runs with a message that no worker has taken. */
    messages(): Promise<string[]>;
  };
}

const inMemory: TestStores = {
  kind: 'memory',
  isConcurrent: true,
  use: () => {
    let locks = new Locks();
    let database = new MemoryDatabase();
    beforeEach(() => {
      locks = new Locks();
      database = new MemoryDatabase((lock) => locks.open(lock));
    });
    const databaseNow = () => performance.now();
    return {
      open: async () => {
        const connection = new MemoryConnection(database, locks.perform);
        return {
          store: memoryJobStore({ connection, databaseNow, newJobId: () => newId('job') }),
          leases: memoryLeaseTable(connection, databaseNow),
          places: memoryPlaceTable(connection, databaseNow),
          looks: memoryLookTable(connection),
        };
      },
      authorize: async () => newId('aut'),
      keepFile: async () => `upload:${newId('upl')}`,
      isWaiting: async () => locks.areAwaited,
      messages: async () => [...database.rows.messages.keys()],
    };
  },
};

const onDatabase = (databaseKind: TestDatabases): TestStores => ({
  kind: databaseKind.kind,
  isConcurrent: databaseKind.kind === 'PostgreSQL',
  use: (sends = false) => {
    const current = useDatabase(databaseKind);
    const key = newKey();
    let queue: Queue | undefined;
    /** Each is a pool of connections, of which a server has few. So the next test uses them again. */
    const processes: Database[] = [];
    let started = 0;
    beforeEach(() => {
      started = 0;
    });
    beforeAll(async () => {
      if (sends) queue = await Queue.open({ database: current.database, onError: () => {} });
    });
    afterAll(() => queue?.close());
    const storeOf = (db: Db): TestStore => ({
      store: storeOn(db, { enqueue: async (tx, messages) => queue?.enqueue(tx, messages) }),
      leases: leaseTable(db, NEWEST),
      places: placeTable(db),
      looks: lookTable(db),
    });
    return {
      open: async () => {
        processes[started] ??= await current.another();
        started += 1;
        return storeOf(processes[started - 1]!.db);
      },
      authorize: async () => {
        const { db } = current.database;
        return (await anAuthorization(db, await openBox(db, key))).id;
      },
      keepFile: async () => {
        const id = newId('upl');
        await sql`insert into lineup.uploads
            (id, name, bytes, format, policy, file_key, key_id, created_by, created_at, split_run)
          select ${id}, 'part', 1, 'csv', 'keep', 'sealed', key_id, 'system', now(), 'run'
          from lineup.secret_keys limit 1`.execute(current.database.db);
        return `upload:${id}`;
      },
      isWaiting: async () => {
        const { rows } = await sql<{ waits: boolean }>`select exists (
          select from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock') as waits`.execute(current.database.db);
        return rows[0]!.waits;
      },
      messages: async () => {
        const { rows } = await sql<{ runId: string }>`select data->>'runId' as "runId"
          from lineup_queue.job where name = 'runs-to-start' and state = 'created' order by 1`.execute(
          current.database.db,
        );
        return rows.map(({ runId }) => runId);
      },
    };
  },
});

export const stores: readonly TestStores[] = [...databases.map(onDatabase), inMemory];

/** Does statements at once. A statement that needs a lock waits for it. */
class Locks {
  readonly #opened = new Map<string, PromiseWithResolvers<void>>();

  get areAwaited(): boolean {
    return this.#opened.size > 0;
  }

  open(lock: string): void {
    this.#opened.get(lock)?.resolve();
    this.#opened.delete(lock);
  }

  readonly perform: Perform = async (name, work) => {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof BlockedError)) throw error;
      const opened = this.#opened.get(error.lock) ?? Promise.withResolvers<void>();
      this.#opened.set(error.lock, opened);
      await opened.promise;
      return this.perform(name, work);
    }
  };
}
