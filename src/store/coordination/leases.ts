/**
 * Leases: locks with a name, over all processes and machines. A lease expires when its holder stops renewing it, so a
 * dead holder blocks the others for `ttlMs` at most. Its token rises with each new holder. Writes under a lease check
 * the token, so a holder that has lost its lease without noticing can do no harm.
 *
 * All times are of the database's clock. The clocks of the machines do not matter.
 */

import { type EventLog, silentLog } from '../../contracts/event-log.ts';
import type { Clock, Lease, Leases, Release } from '../../contracts/ports.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';

/** Where leases are written, and by whose clock they expire. */
export interface LeaseTable {
  /** Takes the lease `name` for `ttlMs`, if it is free or expired. @returns its token */
  take(name: string, holder: string, ttlMs: number): Promise<number | undefined>;
  /** Holds leases that have not expired for another `ttlMs`. @returns the tokens that `holder` still holds */
  renew(tokens: readonly number[], holder: string, ttlMs: number): Promise<readonly number[]>;
  delete(tokens: readonly number[]): Promise<void>;
}

export interface LeaseOptions {
  /** The time from the last renewal to the expiry, in milliseconds. @default 30000 */
  readonly ttlMs?: number;
  /** @default none */
  readonly log?: EventLog;
  readonly clock: Pick<Clock, 'monotonic' | 'every'>;
  /** Names this process. No other process, past or present, has the same name. */
  readonly holder: string;
}

interface Held extends Lease {
  readonly controller: AbortController;
}

/** The leases of one process. All are renewed together, after each third of `ttlMs`. */
export class HeldLeases implements Leases {
  readonly #table: LeaseTable;
  readonly #ttlMs: number;
  readonly #log: EventLog;
  readonly #clock: Pick<Clock, 'monotonic' | 'every'>;
  readonly #holder: string;
  readonly #held = new Map<number, Held>();
  /** Statements that are running: `close` waits for them. */
  readonly #pending = new Set<Promise<unknown>>();
  /** Tokens of leases that this process has given up but whose rows may still exist. They are deleted later. */
  readonly #toDelete = new Set<number>();
  #stopRenewing: Release | undefined;
  #renewedAt = 0;
  #closed = false;

  constructor(table: LeaseTable, options: LeaseOptions) {
    this.#table = table;
    this.#ttlMs = options.ttlMs ?? 30_000;
    this.#log = options.log ?? silentLog;
    this.#clock = options.clock;
    this.#holder = options.holder;
  }

  /** Takes the first free lease of `names`. Undefined when none is free, or after `close`. */
  async tryTake(names: readonly string[]): Promise<Lease | undefined> {
    for (const name of names) {
      if (this.#closed) return undefined;
      const requestedAt = this.#clock.monotonic();
      const token = await this.#track(this.#table.take(name, this.#holder, this.#ttlMs));
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
    const requestedAt = this.#clock.monotonic();
    try {
      const kept = new Set(await this.#table.renew(tokens, this.#holder, this.#ttlMs));
      this.#renewedAt = requestedAt;
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
    if (this.#clock.monotonic() - this.#renewedAt < this.#ttlMs) return;
    for (const token of [...this.#held.keys()]) this.#lose(token);
  }

  /** Takes no more leases, releases all, and waits for that. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#stopRenewing?.();
    this.#stopRenewing = undefined;
    for (const lease of [...this.#held.values()]) void lease.release();
    while (this.#pending.size > 0) await Promise.allSettled(this.#pending);
    await this.#deleteRows();
  }

  #keep(name: string, token: number, requestedAt: number): Lease {
    const controller = new AbortController();
    const lease: Held = {
      name,
      token,
      lost: controller.signal,
      controller,
      assertHeld: () => {
        this.expire();
        controller.signal.throwIfAborted();
      },
      release: () => this.#release(token),
    };
    if (this.#held.size === 0) this.#renewedAt = requestedAt;
    this.#held.set(token, lease);
    this.#stopRenewing ??= this.#clock.every(this.#ttlMs / 3, () => void this.renew());
    return lease;
  }

  #lose(token: number): void {
    const lease = this.#held.get(token);
    if (!this.#held.delete(token)) return;
    if (lease) this.#log.record('lease.lost', { lease: lease.name });
    // Without this, its row would stay when nobody takes the name again, as after the end of a run.
    this.#toDelete.add(token);
    lease?.controller.abort(
      new LineupError('run_taken_over', sentence`Another worker has taken over this task.`, {
        retryable: true,
      }),
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
      await this.#table.delete(tokens);
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
}
