/**
 * The storage of a history in PGlite, with the real repositories. PGlite has one connection. So a statement or a whole
 * transaction is one event here, and no other process sees it half done.
 */
import { sql } from 'kysely';
import type { DomainEvent } from '../../src/contracts/domain-events.ts';
import type { JobTransaction } from '../../src/contracts/job-store.ts';
import type { UploadStorage } from '../../src/readers/files/upload-storage.ts';
import { leaseTable } from '../../src/store/coordination/lease-table.ts';
import { placeTable } from '../../src/store/coordination/place-table.ts';
import type { Database } from '../../src/store/database/database.ts';
import { type Migration, migrate, outdatedFor } from '../../src/store/database/migrate.ts';
import { storedToken } from '../../src/store/repositories/authorization-tokens.ts';
import { allParts } from '../../src/store/repositories/job-parts.ts';
import { type DatabaseJobStore, databaseJobStore } from '../../src/store/repositories/job-store.ts';
import { wakeWaitingJobs } from '../../src/store/repositories/jobs.ts';
import { lookTable } from '../../src/store/repositories/trigger-looks.ts';
import type { SecretBox } from '../../src/store/secrets/secret-box.ts';
import { stagingKeyOf } from '../../src/store/secrets/staging-keys.ts';
import { knownLivesOf } from '../../src/use-cases/renewals.ts';
import { partFiles } from '../../src/use-cases/split/files.ts';
import type { Process } from '../engine/process.ts';
import type { Timeline } from '../engine/timeline.ts';
import type {
  DatabaseFaults,
  NextMigration,
  OpenOptions,
  ProcessStorage,
  SeenWrites,
  Storage,
} from '../world/storage.ts';
import { setNow } from './clock.ts';
import { FingerprintDirectory, realFingerprints } from './fingerprints.ts';
import { Snapshot } from './snapshot.ts';

/** An empty database (database.ts). */
export interface PgliteParts {
  readonly database: Database;
  /** Those that are applied. */
  readonly migrations: readonly Migration[];
  readonly box: SecretBox;
  /** The directories with fingerprints that this storage has made. */
  readonly places: FingerprintDirectory[];
}

export class PgliteStorage implements Storage {
  readonly #parts: PgliteParts;
  readonly #now: () => number;
  readonly #snapshot = new Snapshot();
  #directory: string | undefined;
  /** The events for notifications of the present transaction. */
  #outbox: DomainEvent[] = [];
  version = 0;
  onCommit: (writes: SeenWrites) => void = () => {};

  constructor(parts: PgliteParts, timeline: Timeline) {
    this.#parts = parts;
    this.#now = () => timeline.now;
  }

  get rows() {
    return this.#snapshot.rows;
  }

  newFingerprintPlace(): FingerprintDirectory {
    const place = new FingerprintDirectory();
    this.#parts.places.push(place);
    return place;
  }

  /** That of all processes. */
  get #uploads(): UploadStorage {
    this.#directory ??= this.newFingerprintPlace().uploads;
    return { directory: this.#directory, maxBytes: 1, freeBytes: async () => undefined };
  }

  /** A transaction is one event, so none is open. */
  restart(): void {}

  open({ process, faults, knows }: OpenOptions): ProcessStorage {
    const { box, database, migrations } = this.#parts;
    const { db } = database;
    const known = migrations.length + knows;
    const perform: Perform = (name, work) => this.#perform(process, faults, name, work);
    const store = databaseJobStore({
      db,
      enqueue: async (tx, messages) => {
        for (const { runId: id } of messages) {
          await sql`insert into simulated.messages values (${id}) on conflict do nothing`.execute(tx);
        }
      },
      publish: async (_, event) => {
        this.#outbox.push(event);
      },
    });
    return {
      store: this.#storeOf(store, process, faults),
      leaseTable: each('leases', leaseTable(db, known), perform),
      tables: each(
        'tables',
        {
          update: async (next: NextMigration | undefined) => {
            await migrate(database, next ? [...migrations, migrationOf(next, migrations.length)] : migrations);
          },
          outdated: () => outdatedFor(db, known),
        },
        perform,
      ),
      placeTable: each('places', placeTable(db), perform),
      messages: each(
        'messages',
        {
          sendAgain: async (ids: readonly string[]) => {
            for (const id of ids)
              await sql`insert into simulated.messages values (${id}) on conflict do nothing`.execute(db);
          },
          take: async () => {
            const { rows } = await sql<{ run_id: string }>`
              delete from simulated.messages
              where run_id = (select min(run_id) from simulated.messages) returning run_id`.execute(db);
            return rows[0]?.run_id;
          },
        },
        perform,
      ),
      stagingKey: (runId, lease) => {
        const key = stagingKeyOf(db, box, runId, lease);
        return each(
          'staging key',
          {
            isThere: async () => (await key.find()) !== undefined,
            make: async () => void (await key.findOrMake()),
            delete: () => key.delete(),
          },
          perform,
        );
      },
      fingerprints: (place) =>
        realFingerprints({ db, box, place: place as FingerprintDirectory, now: this.#now, perform }),
      looks: each('looks', lookTable(db), perform),
      partFiles: (runId) => {
        const files = partFiles({ db, box, now: () => new Date(this.#now()), uploads: this.#uploads }, runId);
        return {
          create: async () => {
            const { id, ...file } = await perform('create part file', files.create);
            return { id, write: (bytes) => perform('write real part file', () => file.write(bytes)) };
          },
          keep: () => perform('store part files', files.keep),
          discard: () => perform('erase part files', files.discard),
        };
      },
      partsOf: (jobId) => perform('read parts', () => allParts(db, jobId)),
      lives: (job) => perform('read lives', () => knownLivesOf(db, job)),
      wakeWaiting: (id, now) => perform('wake waiting jobs', () => wakeWaitingJobs(db, id, now)),
      tokenStore: (id, leases) => {
        const token = storedToken(db, box, leases, id);
        return {
          ...each('token', { read: token.read }, perform),
          tryTurn: async () => {
            const turn = await token.tryTurn();
            return turn && { ...turn, ...each('token', { save: turn.save }, perform) };
          },
        };
      },
      close: () => {},
    };
  }

  #storeOf(store: DatabaseJobStore, process: Process, faults: DatabaseFaults) {
    const { transaction, within: _, explain, ...statements } = store;
    return {
      ...each('jobs', statements, (name, work) => this.#perform(process, faults, name, work)),
      explain,
      transaction: <T>(work: (tx: JobTransaction) => Promise<T>, jobIds?: readonly string[]) =>
        this.#transaction((all) => transaction(all, jobIds), process, faults, work),
    };
  }

  async #transaction<T>(
    transaction: DatabaseJobStore['transaction'],
    process: Process,
    faults: DatabaseFaults,
    work: (tx: JobTransaction) => Promise<T>,
  ): Promise<T> {
    const committed: (() => void)[] = [];
    let entry: string | undefined;
    const result = await this.#perform(
      process,
      faults,
      'transaction',
      () =>
        transaction(async (tx) => {
          const value = await work({
            ...tx,
            addRunEvent: async (...given) => {
              entry = given[2].type;
              await tx.addRunEvent(...given);
            },
            onCommit: (action) => committed.push(action),
          });
          if (entry !== undefined) faults.beforeCommit(process, entry);
          return value;
        }),
      () => {
        if (entry !== undefined) faults.afterCommit(process);
      },
    );
    for (const action of committed) action();
    return result;
  }

  /** @param onEnd called when the work is done and committed */
  #perform<T>(
    process: Process,
    faults: DatabaseFaults,
    name: string,
    work: () => Promise<T>,
    onEnd: () => void = () => {},
  ): Promise<T> {
    return faults.performOutside(process, name, async () => {
      const { db } = this.#parts.database;
      this.#outbox = [];
      await setNow(db, this.#now());
      const result = await work();
      const writes = await this.#snapshot.refresh(db, this.#outbox);
      if (writes) {
        this.version += 1;
        this.onCommit(writes);
      }
      onEnd();
      return result;
    });
  }
}

/** A migration that changes nothing but the oldest version. */
const migrationOf = ({ number, oldest }: NextMigration, before: number): Migration => ({
  number: before + number,
  name: 'next',
  sql: 'select 1',
  oldest: oldest === 0 ? undefined : before + oldest,
});

type Perform = <T>(what: string, work: () => Promise<T>) => Promise<T>;

type Operation = (...given: never[]) => Promise<unknown>;

/** The operations on a part of the storage, each of which is an event of its own. */
function each<T extends object>(part: string, operations: T, perform: Perform): T {
  const all = Object.entries(operations as Record<string, Operation>);
  return Object.fromEntries(
    all.map(([name, operation]) => [
      name,
      (...given: never[]) => perform(`${part}: ${wordsOf(name)}`, () => operation(...given)),
    ]),
  ) as T;
}

const wordsOf = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
