/**
 * The queue: pg-boss on the same database, so that a run and its message are written in one transaction.
 *
 * A message only says "look at this run". The state of the run is in its row, and its lease shows who has it
 * (src/store/coordination/leases.ts). So a second message does nothing. When a message is lost, because its worker
 * died, `recover` (conclude.ts) sends another. pg-boss itself retries no run.
 */
import { sql } from 'kysely';
import { fromKysely, fromPglite, PgBoss } from 'pg-boss';
import { type DomainEvent, domainEvent } from '../../contracts/domain-events.ts';
import type { RunMessage } from '../../contracts/job-store.ts';
import { readTolerantly } from '../../domain/values/tolerant.ts';
import type { Database, Db, Tx } from '../database/database.ts';
import { idleMs } from '../database/postgres-socket.ts';

/**
 * Not `runs`, of which versions before migration 29 take messages. They get no lease, so the messages would be lost.
 */
const RUNS = 'runs-to-start';
const SCHEMA = 'lineup_queue';

/** pg-boss lets a handler keep a message for a day at most. The run itself may take longer. */
const EXPIRE_S = 86_399;
/** A message is given up when its worker sends no heartbeat for this long. */
const HEARTBEAT_S = 60;
const POLL_S = 2;
const NOTIFIED_POLL_S = 10;

const messages = sql.table(`${SCHEMA}.job`);

/** Whether a database has messages of the queue, also finished ones. Then an installation uses it, or has used it. */
export async function hasMessages(db: Db): Promise<boolean> {
  const { rows: tables } = await sql<{
    there: boolean;
  }>`select to_regclass(${`${SCHEMA}.job`}) is not null as there`.execute(db);
  if (!tables[0]?.there) return false;
  const { rows } = await sql<{ any: boolean }>`select exists (select from ${messages}) as any`.execute(db);
  return rows[0]?.any ?? false;
}

/**
 * Events that an older version left in the queue. They are nowhere else, and the update to this version puts them
 * into the outbox. (Waiting runs are rows, and the next start queues them again.)
 */
export async function waitingEvents(db: Db): Promise<DomainEvent[]> {
  if (!(await hasMessages(db))) return [];
  const { rows } = await sql<{ data: unknown }>`
    select data from ${messages}
    where name = 'domain-events' and state::text in ('created', 'retry', 'active') order by created_on, id`.execute(db);
  return rows.map(({ data }) => readTolerantly(domainEvent, data).value);
}

/** pg-boss has a pool of its own, and a connection for LISTEN, which it asks regularly whether it still listens. */
function settingsOn({ driver, silenceMs }: ServerConnection) {
  return {
    ...driver(),
    application_name: 'lineup-queue',
    max: 4,
    idleTimeoutMillis: idleMs(silenceMs),
    notifyHeartbeatIntervalMs: idleMs(silenceMs),
  };
}

type ServerConnection = Extract<Database['connection'], { kind: 'postgres' }>;

export interface QueueOptions {
  readonly database: Database;
  /** Called with errors of background work: an unreachable database, a message that could not be handled. */
  readonly onError: (error: unknown) => void;
}

export class Queue {
  readonly #boss: PgBoss;
  readonly #db: Db;

  private constructor(boss: PgBoss, db: Db) {
    this.#boss = boss;
    this.#db = db;
  }

  /** Opens the queue, and makes its tables the first time. Any number of processes may do so at once. */
  static async open({ database, onError }: QueueOptions): Promise<Queue> {
    const { connection, db } = database;
    const { rows } = await sql<{
      there: boolean;
    }>`select to_regnamespace(${SCHEMA}) is not null as there`.execute(db);
    const boss = new PgBoss({
      schema: SCHEMA,
      // Only when it is missing, because pg-boss would otherwise need the right to create schemas.
      createSchema: !rows[0]?.there,
      // A new message wakes the workers at once; polling is the fallback. A pooler that shares connections does not
      // pass notifications on.
      useListenNotify: !(connection.kind === 'postgres' && connection.shared),
      schedule: false,
      ...(connection.kind === 'pglite'
        ? { db: fromPglite(connection.pglite), backend: 'pglite' as const }
        : settingsOn(connection)),
    });
    boss.on('error', onError);
    await boss.start();
    await boss.createQueue(RUNS, {
      // At most one waiting message for each run.
      policy: 'short',
      notify: true,
      retryLimit: 0,
      expireInSeconds: EXPIRE_S,
      heartbeatSeconds: HEARTBEAT_S,
      deleteAfterSeconds: 3_600,
    });
    // pg-boss reads a queue's properties at the first use. In a transaction of PGlite, which has only one connection,
    // that would be a deadlock. So the queue is used once here.
    await boss.findJobs(RUNS, { key: 'none' });
    return new Queue(boss, db);
  }

  /** Sends the messages of runs, within `tx`. Existing messages stay unchanged. */
  enqueue(tx: Tx, messages: readonly RunMessage[]): Promise<void> {
    return this.#send(messages, { db: fromKysely(tx) });
  }

  /** Sends the messages of runs again. */
  enqueueAgain(runIds: readonly string[]): Promise<void> {
    return this.#send(runIds.map((runId) => ({ runId })));
  }

  async #send(messages: readonly RunMessage[], options: Parameters<PgBoss['insert']>[2] = {}): Promise<void> {
    if (messages.length === 0) return;
    const inserted = messages.map((data) => ({ data, singletonKey: data.runId }));
    await this.#boss.insert(RUNS, inserted, options);
  }

  /**
   * Handles the messages of runs one after another: the next one after the last run has started and `ready` has
   * resolved. Neither may reject. So messages of runs that cannot start here stay for other processes.
   */
  async workOnRuns(begin: (runId: string, trace?: string) => Promise<void>, ready: () => Promise<void>): Promise<void> {
    let id = '';
    const pace = { pollingIntervalSeconds: POLL_S, notifyPollingIntervalSeconds: NOTIFIED_POLL_S };
    id = await this.#boss.work<RunMessage>(RUNS, pace, async ([message]) => {
      try {
        if (message) await begin(message.data.runId, message.data.trace);
        await ready();
      } finally {
        // Otherwise the next message would wait for the polling interval.
        this.#boss.notifyWorker(id);
      }
    });
  }

  /** Takes no more messages. It does not wait for active runs. */
  async stopWorking(): Promise<void> {
    await this.#boss.offWork(RUNS, { wait: false });
  }

  /**
   * How the loop of `workOnRuns` stands: a value that differs from the last one when the loop has asked for a message
   * since, also in vain, or waits with a message for a place. Undefined when it has ended.
   */
  turn(): unknown {
    const loop = this.#boss.getWipData().find(({ name }) => name === RUNS);
    // A place may be free only after hours.
    if (loop && loop.count > 0) return {};
    return loop && `${loop.lastFetchedOn} ${loop.lastErrorOn}`;
  }

  /**
   * How long the oldest run has waited that a worker could start now, in seconds; 0 when there is none. A run that is
   * queued once more, as after a pause, waits from then on. The message of a run that nobody here may start (its data
   * is newer) is taken and sent again all the time, so such a run does not count: more workers would not help it.
   */
  async oldestSeconds(): Promise<number> {
    // In the order of the index that pg-boss takes messages by. So the length of the queue does not matter.
    const { rows } = await sql<{ seconds: number }>`
      select extract(epoch from clock_timestamp() - message.created_on)::float8 as seconds
      from ${messages} as message
      where message.name = ${RUNS} and message.state < 'active' and not message.blocked
        and exists (select from lineup.runs as run where run.id = message.singleton_key and run.status = 'queued')
      order by message.priority desc, message.created_on limit 1`.execute(this.#db);
    return Math.max(0, rows[0]?.seconds ?? 0);
  }

  /** The number of runs that wait for a worker. */
  async depth(): Promise<number> {
    return (await this.#boss.getQueue(RUNS))?.readyCount ?? 0;
  }

  /** Closes the queue after the present messages are handled. */
  async close(): Promise<void> {
    await this.#boss.stop({ graceful: true, timeout: 30_000, close: true });
  }
}
