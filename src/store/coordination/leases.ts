/**
 * Leases: locks with a name, over all processes and machines. A lease expires when its holder stops renewing it, so a
 * dead holder blocks the others for `ttlMs` at most. Its token rises with each new holder. Writes under a lease check
 * the token, so a holder that has lost its lease without noticing can do no harm.
 *
 * All times are of the database's clock. The clocks of the machines do not matter.
 */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { performance } from 'node:perf_hooks';
import { sql } from 'kysely';
import { LineupError } from '../../contracts/errors.ts';
import { type EventLog, silentLog } from '../../contracts/event-log.ts';
import { sentence } from '../../contracts/sentence.ts';
import type { Db, Tx } from '../database/database.ts';

export interface LeaseOptions {
  /** The time from the last renewal to the expiry, in milliseconds. @default 30000 */
  ttlMs?: number;
  /** @default none */
  log?: EventLog;
}

export interface Lease {
  readonly name: string;
  readonly token: number;
  /** Aborted when the lease is lost: another process has it, or the database was unreachable for too long. */
  readonly lost: AbortSignal;
  /** Never rejects. Another process may take the lease after it resolves. */
  readonly release: () => Promise<void>;
}

interface Held extends Lease {
  readonly controller: AbortController;
}

/** The leases of one process. All are renewed together, after each third of `ttlMs`. */
export class Leases {
  readonly #db: Db;
  readonly #ttlMs: number;
  readonly #log: EventLog;
  readonly #holder = `${hostname()} ${process.pid} ${randomBytes(4).toString('hex')}`;
  readonly #held = new Map<number, Held>();
  /** Statements that are running: `close` waits for them. */
  readonly #pending = new Set<Promise<unknown>>();
  /** Tokens of leases that this process has given up but whose rows may still exist. They are deleted later. */
  readonly #toDelete = new Set<number>();
  #timer: NodeJS.Timeout | undefined;
  #renewedAt = 0;
  #closed = false;

  constructor(db: Db, options: LeaseOptions = {}) {
    this.#db = db;
    this.#ttlMs = options.ttlMs ?? 30_000;
    this.#log = options.log ?? silentLog;
  }

  /** Takes the first free lease of `names`. Undefined when none is free, or after `close`. */
  async tryTake(names: readonly string[]): Promise<Lease | undefined> {
    for (const name of names) {
      if (this.#closed) return undefined;
      const requestedAt = performance.now();
      const token = await this.#track(this.#take(name));
      if (token === undefined) continue;
      if (!this.#closed) return this.#keep(name, token, requestedAt);
      // Closed in the meantime: nothing would renew or release this lease.
      this.#toDelete.add(token);
      await this.#track(this.#deleteRows());
    }
    return undefined;
  }

  /** Renews all leases; called by the timer. It finds out which are lost, and tries again to delete rows. */
  async renew(): Promise<void> {
    this.expire();
    await this.#renewHeld();
    await this.#deleteRows();
  }

  async #renewHeld(): Promise<void> {
    const tokens = [...this.#held.keys()];
    if (tokens.length === 0) return;
    const requestedAt = performance.now();
    try {
      const rows = await this.#db
        .updateTable('leases')
        .set({ expires_at: this.#expiry() })
        .where('token', 'in', tokens)
        .where('holder', '=', this.#holder)
        .where('expires_at', '>', sql<Date>`clock_timestamp()`)
        .returning('token')
        .execute();
      this.#renewedAt = requestedAt;
      const kept = new Set(rows.map((row) => row.token));
      for (const token of tokens) if (!kept.has(token)) this.#lose(token);
    } catch (error) {
      // The database is unreachable. `expire` ends the leases when they expire there.
      this.#log.record('lease.renew_failed', { err: error });
    }
  }

  /**
   * Marks leases as lost whose time has passed without a renewal: the database was unreachable, or this process was
   * suspended. In the database they have expired, and another process may have them. Call this right before an action
   * that only a holder may do.
   */
  expire(): void {
    if (performance.now() - this.#renewedAt < this.#ttlMs) return;
    for (const token of [...this.#held.keys()]) this.#lose(token);
  }

  /** Takes no more leases, releases all, and waits for that. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    this.#timer = undefined;
    for (const lease of [...this.#held.values()]) void lease.release();
    while (this.#pending.size > 0) await Promise.allSettled(this.#pending);
    await this.#deleteRows();
  }

  async #take(name: string): Promise<number | undefined> {
    const { rows } = await sql<{ token: number }>`
      insert into lineup.leases as lease (name, holder, token, acquired_at, expires_at)
      values (${name}, ${this.#holder}, nextval('lineup.lease_tokens'), clock_timestamp(), ${this.#expiry()})
      on conflict (name) do update
        set holder = excluded.holder, token = excluded.token, acquired_at = excluded.acquired_at,
            expires_at = excluded.expires_at
        where lease.expires_at <= clock_timestamp()
      returning token`.execute(this.#db);
    return rows[0]?.token;
  }

  #keep(name: string, token: number, requestedAt: number): Lease {
    const controller = new AbortController();
    const lease: Held = {
      name,
      token,
      lost: controller.signal,
      controller,
      release: () => this.#release(token),
    };
    if (this.#held.size === 0) this.#renewedAt = requestedAt;
    this.#held.set(token, lease);
    this.#timer ??= setInterval(() => void this.renew(), this.#ttlMs / 3).unref();
    return lease;
  }

  #lose(token: number): void {
    const lease = this.#held.get(token);
    if (!this.#held.delete(token)) return;
    if (lease) this.#log.record('lease.lost', { lease: lease.name });
    // Without this, its row would stay when nobody takes the name again, as after the end of a run.
    this.#toDelete.add(token);
    lease?.controller.abort(
      new LineupError('run_taken_over', sentence`Another worker has taken this over.`, { retryable: true }),
    );
  }

  async #release(token: number): Promise<void> {
    if (!this.#held.delete(token)) return;
    this.#toDelete.add(token);
    await this.#track(this.#deleteRows());
  }

  /** Deletes the rows of leases that were given up. If that fails, the next call tries again. */
  async #deleteRows(): Promise<void> {
    const tokens = [...this.#toDelete];
    if (tokens.length === 0) return;
    try {
      await this.#db.deleteFrom('leases').where('token', 'in', tokens).execute();
      for (const token of tokens) this.#toDelete.delete(token);
    } catch (error) {
      // They also expire.
      this.#log.record('lease.release_failed', { err: error });
    }
  }

  async #track<T>(work: Promise<T>): Promise<T> {
    this.#pending.add(work);
    try {
      return await work;
    } finally {
      this.#pending.delete(work);
    }
  }

  #expiry() {
    return sql<Date>`clock_timestamp() + make_interval(secs => ${this.#ttlMs / 1000})`;
  }
}

/**
 * Deletes the rows of expired leases: of dead processes, or of requests whose response was lost. They block nobody,
 * but the rows of ended runs would stay for ever, because nobody takes their names again.
 */
export async function purgeLeases(db: Db): Promise<void> {
  await db.deleteFrom('leases').where('expires_at', '<=', sql<Date>`clock_timestamp()`).execute();
}

/**
 * Deletes all leases. Only for the start of a process on PGlite, which no other process can have open. All holders
 * are dead then, and their runs continue at once instead of after the expiry.
 */
export async function deleteAllLeases(db: Db): Promise<void> {
  await db.deleteFrom('leases').execute();
}

/**
 * Checks that `token` still holds the lease, and locks that until the transaction ends.
 * @throws {LineupError} `run_taken_over`
 */
export async function assertHeld(tx: Tx, name: string, token: number): Promise<void> {
  const row = await tx
    .selectFrom('leases')
    .select('token')
    .where('name', '=', name)
    .where('token', '=', token)
    .where('expires_at', '>', sql<Date>`clock_timestamp()`)
    .forUpdate()
    .executeTakeFirst();
  if (!row)
    throw new LineupError('run_taken_over', sentence`Another worker has taken this run over.`, {
      retryable: true,
    });
}
