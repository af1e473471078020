/**
 * LINE's request limit over all processes that share a data directory: each request reserves its moment in a small
 * SQLite table, so that no window of a second ever holds more than ten, and nobody is starved.
 */
import { createHash } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { makeParent, onDiskNow } from './file-errors.ts';

const REQUESTS = 10;
/** A little more than LINE's second: what leaves here evenly may arrive there less evenly. */
const WINDOW_MS = 1_100;
/** A reservation further ahead than this was made under another clock. */
const FAR_AHEAD_MS = 60_000;

export interface RateClock {
  now(): Date;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export class RequestRate {
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #clock: RateClock;

  constructor(path: string, clock: RateClock) {
    makeParent(path);
    this.#path = path;
    this.#clock = clock;
    this.#database = onDiskNow(path, () => {
      const database = new DatabaseSync(path, { timeout: 10_000 });
      // Reservations need not outlive the machine: no waiting for the disk.
      database.exec('PRAGMA synchronous = OFF');
      database.exec('CREATE TABLE IF NOT EXISTS reservations (access_key TEXT, at INTEGER)');
      return database;
    });
  }

  /** Waits until one more request of `accessKey` may be sent. */
  async acquire(accessKey: string, signal?: AbortSignal): Promise<void> {
    const now = this.#clock.now().getTime();
    const key = createHash('sha256').update(accessKey).digest('hex');
    const at = onDiskNow(this.#path, () => this.#reserve(key, now));
    if (at > now) await this.#clock.sleep(at - now, signal);
  }

  close(): void {
    this.#database.close();
  }

  #reserve(key: string, now: number): number {
    const database = this.#database;
    database.exec('BEGIN IMMEDIATE');
    try {
      database
        .prepare('DELETE FROM reservations WHERE at <= ? OR at > ?')
        .run(now - WINDOW_MS, now + FAR_AHEAD_MS);
      const last = database
        .prepare('SELECT at FROM reservations WHERE access_key = ? ORDER BY at DESC LIMIT 1 OFFSET ?')
        .get(key, REQUESTS - 1) as { at: number } | undefined;
      const at = Math.max(now, last ? last.at + WINDOW_MS : now);
      database.prepare('INSERT INTO reservations VALUES (?, ?)').run(key, at);
      database.exec('COMMIT');
      return at;
    } catch (error) {
      // A full disk has rolled back by itself.
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  }
}
