/** The storage of a history in memory. */
import type { LeaseClaim } from '../../src/contracts/job-store.ts';
import type { Leases, MintTurn, TokenStore } from '../../src/contracts/ports.ts';
import { conditionOf } from '../../src/domain/jobs/conditions.ts';
import { tokenRefused } from '../../src/store/repositories/authorization-tokens.ts';
import { inDatabase } from '../../src/store/repositories/repository-errors.ts';
import { keyRefused } from '../../src/store/secrets/staging-keys.ts';
import type { Timeline } from '../engine/timeline.ts';
import type { OpenOptions, ProcessStorage, SeenWrites, StagingKeyRow, Storage } from '../world/storage.ts';
import { MemoryConnection } from './connection.ts';
import { assertHeld, memoryLeaseTable, memoryPlaceTable, memoryTables } from './coordination.ts';
import { MemoryDatabase, type MemoryTransaction, restarting } from './database.ts';
import { FingerprintDirectory, memoryFingerprints } from './fingerprints.ts';
import { memoryJobStore } from './job-store.ts';
import { livesOf } from './lives.ts';
import { memoryLookTable } from './looks.ts';

export class MemoryStorage implements Storage {
  readonly #database: MemoryDatabase;
  readonly #now: () => number;
  /** Of all processes. Those of dead ones have nothing open. */
  readonly #connections: MemoryConnection[] = [];

  constructor(timeline: Timeline) {
    this.#database = new MemoryDatabase((lock) => timeline.unlock(lock));
    this.#now = () => timeline.now;
  }

  get rows() {
    return this.#database.rows;
  }

  get version(): number {
    return this.#database.version;
  }

  set onCommit(action: (writes: SeenWrites) => void) {
    this.#database.onCommit = action;
  }

  newFingerprintPlace(): FingerprintDirectory {
    return new FingerprintDirectory();
  }

  restart(): void {
    for (const connection of this.#connections) connection.close(restarting('57P01'));
  }

  open({ process, faults, newJobId, knows }: OpenOptions): ProcessStorage {
    const databaseNow = this.#now;
    const connection = new MemoryConnection(
      this.#database,
      (name, work) => faults.perform(process, name, work),
      (name, work) => faults.performWithin(process, name, work),
    );
    this.#connections.push(connection);
    return {
      store: memoryJobStore({ connection, databaseNow, newJobId }),
      leaseTable: memoryLeaseTable(connection, databaseNow, knows),
      tables: memoryTables(connection, knows),
      placeTable: memoryPlaceTable(connection, databaseNow),
      messages: {
        sendAgain: (ids) =>
          connection.statement('send messages again', (tx) => {
            for (const id of ids) tx.put('messages', id, true);
          }),
        take: () =>
          connection.statement('take message', (tx) => {
            const [first] = tx.entries('messages');
            if (first) tx.delete('messages', first[0]);
            return first?.[0];
          }),
      },
      stagingKey: (runId, lease) => stagingKeyOf(connection, databaseNow, runId, lease),
      fingerprints: (place) =>
        memoryFingerprints({
          connection,
          directory: place as FingerprintDirectory,
          now: databaseNow,
          perform: (operation, work) => process.operation(operation, work),
        }),
      partsOf: (jobId) =>
        connection.statement('read parts', (tx) => tx.values('jobs').filter(({ part }) => part?.of === jobId)),
      looks: memoryLookTable(connection),
      lives: (job) => connection.statement('read lives', (tx) => livesOf(tx, job)),
      wakeWaiting: (id, now) =>
        connection.statement('wake waiting jobs', (tx) => {
          for (const [key, job] of tx.entries('jobs')) {
            if (job.authorizationId !== id || conditionOf(job.state) !== 'waiting') continue;
            tx.lock('jobs', key);
            tx.put('jobs', key, { ...job, state: { ...job.state, sleepUntil: now } });
          }
        }),
      tokenStore: (id, leases) => tokenStoreOf(connection, databaseNow, id, leases),
      close: () => connection.close(),
    };
  }
}

function stagingKeyOf(
  connection: MemoryConnection,
  databaseNow: () => number,
  runId: string,
  lease: LeaseClaim,
): StagingKeyRow {
  const statement = <T>(name: string, work: (tx: MemoryTransaction) => T) =>
    inDatabase(keyRefused, () => connection.statement(name, work));
  const whileHeld = (name: string, work: (tx: MemoryTransaction) => void) =>
    statement(name, (tx) => {
      assertHeld(tx, lease, databaseNow());
      work(tx);
    });
  return {
    isThere: () => statement('read staging key', (tx) => tx.get('stagingKeys', runId) === true),
    make: () => whileHeld('make staging key', (tx) => tx.put('stagingKeys', runId, true)),
    delete: () => whileHeld('delete staging key', (tx) => tx.delete('stagingKeys', runId)),
  };
}

/** The token of an authorization. Its lease is the turn to mint the next one. */
function tokenStoreOf(
  connection: MemoryConnection,
  databaseNow: () => number,
  authorizationId: string,
  leases: Leases,
): TokenStore {
  const statement = <T>(name: string, work: (tx: MemoryTransaction) => T) =>
    inDatabase(tokenRefused, () => connection.statement(name, work));
  return {
    read: () => statement('read token', (tx) => tx.get('tokens', authorizationId)),
    tryTurn: async () => {
      const lease = await inDatabase(tokenRefused, () => leases.tryTake([`token:${authorizationId}`]));
      if (!lease) return undefined;
      const save: MintTurn['save'] = (token) =>
        statement('save token', (tx) => {
          assertHeld(tx, lease, databaseNow());
          tx.put('tokens', authorizationId, token);
        });
      return { lost: lease.lost, save, release: lease.release };
    },
  };
}
