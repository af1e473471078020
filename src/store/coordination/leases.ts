/**
 * Leases: names that one holder at a time has, over all processes and machines. A lease ends by itself when its holder
 * stops renewing it, so nobody's death blocks the others for longer than `ttlMs`; its token rises with every taking, and
 * whoever writes under a lease shows the token, so that a holder which only *believes* it still holds can do no harm.
 *
 * Times are the database's: no machine's clock matters.
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
  /** How long a lease outlives its last renewal, in ms. @default 30000 */
  ttlMs?: number;
  /** @default none */
  log?: EventLog;
}

/** One held lease. */
export interface Lease {
  readonly name: string;
  readonly token: number;
  /** Aborted once the lease is lost: the database gave it to another, or could not be asked for too long. */
  readonly lost: AbortSignal;
  /** Gives it back; never rejects. Another may take it once this has resolved. */
  readonly release: () => Promise<void>;
}

interface Held extends Lease {
  readonly controller: AbortController;
}

/** The leases of one process, renewed together every third of their time. */
export class Leases {
  readonly #db: Db;
  readonly #ttlMs: number;
  readonly #log: EventLog;
  readonly #holder = `${hostname()} ${process.pid} ${randomBytes(4).toString('hex')}`;
  readonly #held = new Map<number, Held>();
  /** What is going on in the database: takings and givings back. */
  readonly #underWay = new Set<Promise<unknown>>();
  /** Leases that are ours no more and whose rows may be there still: another try removes them. */
  readonly #owed = new Set<number>();
  #timer: NodeJS.Timeout | undefined;
  #renewedAt = 0;
  #closed = false;

  constructor(db: Db, options: LeaseOptions = {}) {
    this.#db = db;
    this.#ttlMs = options.ttlMs ?? 30_000;
    this.#log = options.log ?? silentLog;
  }

  /** Takes the first of `names` that nobody holds, or none; none either once it is closed. */
  async tryTake(names: readonly string[]): Promise<Lease | undefined> {
    for (const name of names) {
      if (this.#closed) return undefined;
      const asked = performance.now();
      const token = await this.#during(this.#take(name));
      if (token === undefined) continue;
      if (!this.#closed) return this.#keep(name, token, asked);
      // Closed while the answer was on its way: nobody would renew it, and nobody give it back.
      this.#owed.add(token);
      await this.#during(this.#payOwed());
    }
    return undefined;
  }

  /** Renews all; called by the timer. Those that are not ours any more are lost. What could not be given back is tried again. */
  async renew(): Promise<void> {
    this.expire();
    await this.#renewHeld();
    await this.#payOwed();
  }

  async #renewHeld(): Promise<void> {
    const tokens = [...this.#held.keys()];
    if (tokens.length === 0) return;
    const asked = performance.now();
    try {
      const rows = await this.#db
        .updateTable('leases')
        .set({ expires_at: this.#expiry() })
        .where('token', 'in', tokens)
        .where('holder', '=', this.#holder)
        .where('expires_at', '>', sql<Date>`clock_timestamp()`)
        .returning('token')
        .execute();
      this.#renewedAt = asked;
      const kept = new Set(rows.map((row) => row.token));
      for (const token of tokens) if (!kept.has(token)) this.#lose(token);
    } catch (error) {
      // The database is away: `expire` ends them when they end there.
      this.#log.record('lease.renew_failed', { err: error });
    }
  }

  /**
   * Loses those whose time has passed without a renewal: the database was away, or silent, or this process stood still. There
   * they have run out unseen, and another may have them: whoever is about to do what only a holder may looks here first.
   */
  expire(): void {
    if (performance.now() - this.#renewedAt < this.#ttlMs) return;
    for (const token of [...this.#held.keys()]) this.#lose(token);
  }

  /** Takes no more, stops renewing, gives everything back, and waits until it is. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    this.#timer = undefined;
    for (const lease of [...this.#held.values()]) void lease.release();
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
    await this.#payOwed();
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

  #keep(name: string, token: number, asked: number): Lease {
    const controller = new AbortController();
    const lease: Held = {
      name,
      token,
      lost: controller.signal,
      controller,
      release: () => this.#release(token),
    };
    if (this.#held.size === 0) this.#renewedAt = asked;
    this.#held.set(token, lease);
    this.#timer ??= setInterval(() => void this.renew(), this.#ttlMs / 3).unref();
    return lease;
  }

  #lose(token: number): void {
    const lease = this.#held.get(token);
    if (!this.#held.delete(token)) return;
    if (lease) this.#log.record('lease.lost', { lease: lease.name });
    // Its row stays when nobody takes the name again, as of a run that has ended.
    this.#owed.add(token);
    lease?.controller.abort(
      new LineupError('run_taken_over', sentence`Another worker has taken this over.`, { retryable: true }),
    );
  }

  async #release(token: number): Promise<void> {
    if (!this.#held.delete(token)) return;
    this.#owed.add(token);
    await this.#during(this.#payOwed());
  }

  /** Removes the rows of what is ours no more; without the database the next try does. */
  async #payOwed(): Promise<void> {
    const tokens = [...this.#owed];
    if (tokens.length === 0) return;
    try {
      await this.#db.deleteFrom('leases').where('token', 'in', tokens).execute();
      for (const token of tokens) this.#owed.delete(token);
    } catch (error) {
      // They end by themselves, too.
      this.#log.record('lease.release_failed', { err: error });
    }
  }

  async #during<T>(work: Promise<T>): Promise<T> {
    this.#underWay.add(work);
    try {
      return await work;
    } finally {
      this.#underWay.delete(work);
    }
  }

  #expiry() {
    return sql<Date>`clock_timestamp() + make_interval(secs => ${this.#ttlMs / 1000})`;
  }
}

/**
 * Removes the rows of leases that have run out: of processes that are dead, of takings whose answer was lost. They hold nobody
 * up, but those of runs that have ended would stay for ever, for nobody takes their names again.
 */
export async function forgetLeases(db: Db): Promise<void> {
  await db.deleteFrom('leases').where('expires_at', '<=', sql<Date>`clock_timestamp()`).execute();
}

/**
 * Frees everything. Only for a database that one process alone can have open (PGlite), at its start: all holders are dead
 * then, and their runs go on at once rather than when their leases end.
 */
export async function freeAllLeases(db: Db): Promise<void> {
  await db.deleteFrom('leases').execute();
}

/**
 * Makes sure, until the transaction ends, that `token` still is the lease's.
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
