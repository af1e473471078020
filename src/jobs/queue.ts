/**
 * The queue: pg-boss on the database that holds everything else, so that a run and the message that announces it are
 * written in one transaction.
 *
 * A message only says "look at this run": what is true of the run is in its row, and who has it is in its lease
 * (src/store/coordination/leases.ts). So a message that comes twice does nothing, and one that is lost (its worker died) is sent again
 * by `recover.ts`; pg-boss itself retries no run.
 */
import { sql } from 'kysely';
import { fromKysely, fromPglite, PgBoss } from 'pg-boss';
import { type DomainEvent, domainEvent } from '../contracts/domain-events.ts';
import type { Database, Db, Tx } from '../store/database/database.ts';

const RUNS = 'runs';
const SCHEMA = 'lineup_queue';

/** pg-boss lets a handler have a message for a day at most; the run itself may go on for longer. */
const LONGEST_S = 86_399;
/** A message whose worker does not tell for this long that it lives is given up. */
const HEARTBEAT_S = 60;
const POLL_S = 2;
const NOTIFIED_POLL_S = 10;

const messages = sql.table(`${SCHEMA}.job`);

/** Whether a database holds messages of the queue, finished ones included: then an installation works on it, or has. */
export async function hasMessages(db: Db): Promise<boolean> {
  const { rows: tables } = await sql<{
    there: boolean;
  }>`select to_regclass(${`${SCHEMA}.job`}) is not null as there`.execute(db);
  if (!tables[0]?.there) return false;
  const { rows } = await sql<{ any: boolean }>`select exists (select from ${messages}) as any`.execute(db);
  return rows[0]?.any ?? false;
}

/**
 * Events that an older version left in the queue, which the migration to this one would put into the outbox: they are nowhere
 * else. (The runs that wait are rows; the next start announces them again.)
 */
export async function waitingEvents(db: Db): Promise<DomainEvent[]> {
  if (!(await hasMessages(db))) return [];
  const { rows } = await sql<{ data: unknown }>`
    select data from ${messages}
    where name = 'domain-events' and state::text in ('created', 'retry', 'active') order by created_on, id`.execute(
    db,
  );
  return rows.map(({ data }) => domainEvent.parse(data));
}

export interface QueueOptions {
  readonly database: Database;
  /** Told of what goes wrong in the background: the database away, a message that could not be worked on. */
  readonly onError: (error: unknown) => void;
}

export class Queue {
  readonly #boss: PgBoss;

  private constructor(boss: PgBoss) {
    this.#boss = boss;
  }

  /** Opens it, and makes its tables at first. Any number of processes may do so at once. */
  static async open({ database, onError }: QueueOptions): Promise<Queue> {
    const { connection, db } = database;
    const { rows } = await sql<{
      there: boolean;
    }>`select to_regnamespace(${SCHEMA}) is not null as there`.execute(db);
    const boss = new PgBoss({
      schema: SCHEMA,
      // Only where it is missing: pg-boss would need the right to create schemas all the same.
      createSchema: !rows[0]?.there,
      // New messages wake the workers at once; polling is what remains when that fails. Through a pooler that shares
      // connections nobody would hear them.
      useListenNotify: !(connection.kind === 'postgres' && connection.shared),
      schedule: false,
      ...(connection.kind === 'pglite'
        ? { db: fromPglite(connection.pglite), backend: 'pglite' as const }
        : { connectionString: connection.driverUrl.reveal(), max: 4, application_name: 'lineup-queue' }),
    });
    boss.on('error', onError);
    await boss.start();
    await boss.createQueue(RUNS, {
      // At most one message of a run waits.
      policy: 'short',
      notify: true,
      retryLimit: 0,
      expireInSeconds: LONGEST_S,
      heartbeatSeconds: HEARTBEAT_S,
      deleteAfterSeconds: 3_600,
    });
    // pg-boss reads a queue's properties at its first use. Inside a transaction of PGlite, which has but one connection,
    // that would wait for itself: so it is used once here.
    await boss.findJobs(RUNS, { key: 'none' });
    return new Queue(boss);
  }

  /** Announces a run, as a part of `tx`. */
  async enqueue(tx: Tx, runId: string): Promise<void> {
    await this.#boss.send(RUNS, { runId }, { singletonKey: runId, db: fromKysely(tx) });
  }

  /** Announces runs again; those that are announced still are left as they are. */
  async announceAgain(runIds: readonly string[]): Promise<void> {
    if (runIds.length === 0) return;
    await this.#boss.insert(
      RUNS,
      runIds.map((runId) => ({ data: { runId }, singletonKey: runId })),
    );
  }

  /**
   * Takes the messages of runs, one after the other: the next one when the run of the last has begun and `ready` says that one
   * more can. Neither rejects. The messages of runs that cannot begin here are left to other processes.
   */
  async workOnRuns(begin: (runId: string) => Promise<void>, ready: () => Promise<void>): Promise<void> {
    let id = '';
    const pace = { pollingIntervalSeconds: POLL_S, notifyPollingIntervalSeconds: NOTIFIED_POLL_S };
    id = await this.#boss.work<{ runId: string }>(RUNS, pace, async ([message]) => {
      try {
        if (message) await begin(message.data.runId);
        await ready();
      } finally {
        // There may be more: without this the next would wait for the interval.
        this.#boss.notifyWorker(id);
      }
    });
  }

  /** Takes no further run; those that go on are not waited for. */
  async stopWorking(): Promise<void> {
    await this.#boss.offWork(RUNS, { wait: false });
  }

  /** How many runs wait for a worker. */
  async depth(): Promise<number> {
    return (await this.#boss.getQueue(RUNS))?.readyCount ?? 0;
  }

  /** Ends it; what is being handled is waited for. */
  async close(): Promise<void> {
    await this.#boss.stop({ graceful: true, timeout: 30_000, close: true });
  }
}
