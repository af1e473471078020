/** The places of requests (request-turns.ts) in a small SQLite table, for all processes that share a data directory. */
import { DatabaseSync } from 'node:sqlite';
import {
  placesOfLane,
  REQUEST_WINDOW_MS,
  REQUESTS_A_SECOND,
  type RequestLane,
} from '../../contracts/line-limits.ts';
import type { Clock, Release } from '../../contracts/ports.ts';
import { HOLD_MS, LONGEST_HOLD_MS, RequestTurns, type TakenPlace } from '../coordination/request-turns.ts';
import { makeParent, onDiskNow } from './file-errors.ts';

const LOOK_EVERY_MS = 50;

export type RateClock = Pick<Clock, 'now' | 'sleep'>;

export class RequestRate {
  readonly #database: DatabaseSync;
  readonly #clock: RateClock;
  readonly #turns: RequestTurns;

  constructor(path: string, clock: RateClock) {
    makeParent(path);
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
    this.#turns = new RequestTurns({
      table: {
        take: async (key, lane) => onDiskNow(path, () => this.#take(key, lane)),
        keep: async (key, taken) => this.#set(key, taken, 1, HOLD_MS),
        giveBack: async (key, taken) => this.#set(key, taken, 0, REQUEST_WINDOW_MS),
      },
      now: () => this.#now(),
      sleep: (ms, signal) => clock.sleep(ms, signal),
      lookEveryMs: LOOK_EVERY_MS,
    });
  }

  /** Waits until one more request of `accessKey` may be sent. @returns to be called when the request has ended */
  acquire(accessKey: string, signal?: AbortSignal, lane?: RequestLane): Promise<Release> {
    return this.#turns.acquire(accessKey, signal, lane);
  }

  close(): void {
    this.#database.close();
  }

  #now(): number {
    return this.#clock.now().getTime();
  }

  #take(key: string, lane: RequestLane): TakenPlace | undefined {
    return this.#transaction(() => {
      const now = this.#now();
      const [from, to] = placesOfLane[lane];
      const insert = this.#database.prepare('INSERT OR IGNORE INTO places VALUES (?, ?, 0, 0, 0)');
      for (let place = 0; place < REQUESTS_A_SECOND; place++) insert.run(key, place);
      // What was taken under another clock, or by a process that is dead, counts as free.
      const free = this.#database
        .prepare(
          `SELECT place, token, CASE WHEN held OR until > :far THEN :now ELSE max(until, :now) END AS at FROM places
           WHERE access_key = :key AND place >= :from AND place < :to AND (NOT held OR until <= :now OR until > :far)
           ORDER BY at, place DESC LIMIT 1`,
        )
        .get({ key, from, to, now, far: now + LONGEST_HOLD_MS }) as unknown as
        | { place: number; token: number; at: number }
        | undefined;
      if (!free) return undefined;
      const token = free.token + 1;
      this.#database
        .prepare('UPDATE places SET held = 1, token = ?, until = ? WHERE access_key = ? AND place = ?')
        .run(token, free.at + HOLD_MS, key, free.place);
      return { place: free.place, token, waitMs: free.at - now };
    });
  }

  #set(key: string, { place, token }: TakenPlace, held: number, forMs: number): void {
    this.#database
      .prepare(
        'UPDATE places SET held = ?, until = ? WHERE access_key = ? AND place = ? AND token = ? AND held',
      )
      .run(held, this.#now() + forMs, key, place, token);
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
