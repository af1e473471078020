/**
 * LINE's request limit over all processes that share a data directory: ten places for each access key, in a small SQLite
 * table. A request has one from before it is sent until a second after its answer. LINE has seen it at some moment in between,
 * so no second there ever holds an eleventh, whatever the network does.
 */
import { createHash } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import type { Release } from '../../contracts/ports.ts';
import {
  HOLD_AGAIN_MS,
  HOLD_MS,
  placesOfLane,
  QUIET_MS,
  REQUEST_PLACES,
  type RequestLane,
} from '../../contracts/request-places.ts';
import { Lines } from '../lines.ts';
import { makeParent, onDiskNow } from './file-errors.ts';

const LOOK_EVERY_MS = 50;

export interface RateClock {
  now(): Date;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

interface Taken {
  readonly place: number;
  readonly token: number;
  /** When it may be used. */
  readonly at: number;
}

export class RequestRate {
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #clock: RateClock;
  readonly #lines = new Lines();

  constructor(path: string, clock: RateClock) {
    makeParent(path);
    this.#path = path;
    this.#clock = clock;
    this.#database = onDiskNow(path, () => {
      const database = new DatabaseSync(path, { timeout: 10_000 });
      // Places need not outlive the machine: no waiting for the disk.
      database.exec('PRAGMA synchronous = OFF');
      database.exec(
        'CREATE TABLE IF NOT EXISTS places (access_key TEXT, place INTEGER, token INTEGER, held INTEGER, until INTEGER, PRIMARY KEY (access_key, place)) WITHOUT ROWID',
      );
      return database;
    });
  }

  /** Waits until one more request of `accessKey` may be sent. @returns to be called when the request has come to its end */
  async acquire(accessKey: string, signal?: AbortSignal, lane: RequestLane = 'usual'): Promise<Release> {
    const key = createHash('sha256').update(accessKey).digest('hex');
    for (;;) {
      const taken = await this.#takeFirst(key, lane, signal);
      const release = this.#hold(key, taken);
      try {
        const wait = taken.at - this.#now();
        if (wait > 0) await this.#clock.sleep(wait, signal);
        signal?.throwIfAborted();
        // A process that stood still may have lost its place.
        if (this.#now() - taken.at < HOLD_MS / 4) return release;
      } catch (error) {
        release();
        throw error;
      }
      release();
    }
  }

  close(): void {
    this.#database.close();
  }

  #now(): number {
    return this.#clock.now().getTime();
  }

  async #takeFirst(key: string, lane: RequestLane, signal: AbortSignal | undefined): Promise<Taken> {
    const through = await this.#lines.enter(`${key} ${lane}`, signal);
    try {
      for (;;) {
        const taken = onDiskNow(this.#path, () => this.#take(key, lane));
        if (taken) return taken;
        await this.#clock.sleep(LOOK_EVERY_MS * (1 + Math.random()), signal);
      }
    } finally {
      through();
    }
  }

  /** The place that is free first, at once or soon; undefined when all are in use. */
  #take(key: string, lane: RequestLane): Taken | undefined {
    return this.#transaction(() => {
      const now = this.#now();
      const [from, to] = placesOfLane[lane];
      const insert = this.#database.prepare('INSERT OR IGNORE INTO places VALUES (?, ?, 0, 0, 0)');
      for (let place = 0; place < REQUEST_PLACES; place++) insert.run(key, place);
      // What was taken under another clock, or by a process that is dead, counts as free.
      const free = this.#database
        .prepare(
          `SELECT place, token, CASE WHEN held OR until > :far THEN :now ELSE max(until, :now) END AS at FROM places
           WHERE access_key = :key AND place >= :from AND place < :to AND (NOT held OR until <= :now OR until > :far)
           ORDER BY at, place DESC LIMIT 1`,
        )
        .get({ key, from, to, now, far: now + 2 * HOLD_MS }) as unknown as Taken | undefined;
      if (!free) return undefined;
      const token = free.token + 1;
      this.#database
        .prepare('UPDATE places SET held = 1, token = ?, until = ? WHERE access_key = ? AND place = ?')
        .run(token, free.at + HOLD_MS, key, free.place);
      return { place: free.place, token, at: free.at };
    });
  }

  #hold(key: string, { place, token }: Taken): Release {
    const set = (held: number, forMs: number) => {
      try {
        this.#database
          .prepare(
            'UPDATE places SET held = ?, until = ? WHERE access_key = ? AND place = ? AND token = ? AND held',
          )
          .run(held, this.#now() + forMs, key, place, token);
      } catch {
        // A full disk, a command that ends: the place is free again when nobody has been heard of for a while.
      }
    };
    const again = setInterval(() => set(1, HOLD_MS), HOLD_AGAIN_MS).unref();
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      clearInterval(again);
      set(0, QUIET_MS);
    };
  }

  #transaction<T>(work: () => T): T {
    const database = this.#database;
    database.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      database.exec('COMMIT');
      return result;
    } catch (error) {
      // A full disk has rolled back by itself.
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  }
}
