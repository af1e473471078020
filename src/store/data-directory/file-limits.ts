/**
 * LINE's limits over all processes that share a data directory: lock files for the turns of uploads, and a small
 * SQLite table of places (request-turns.ts) for requests.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Clock, Release, SharedLimits, WaitOptions } from '../../contracts/ports.ts';
import { lineAdsTraits } from '../../domain/destinations/line-ads.ts';
import type { RequestLane } from '../../domain/destinations/traits.ts';
import { HOLD_MS, LONGEST_HOLD_MS, RequestTurns, type TakenPlace } from '../coordination/request-turns.ts';
import { makeParent, onDiskSync } from './file-errors.ts';
import { tryLock } from './lock.ts';

const LOCK_POLL_MS = 250;

/** What the limits use of the machine: its locks, and the table of places in a file. */
export interface LimitFiles {
  readonly tryLock: typeof tryLock;
  readonly openRate: (path: string, clock: RateClock, random: () => number) => Pick<RequestRate, 'acquire' | 'close'>;
}

const systemFiles: LimitFiles = {
  tryLock,
  openRate: (path, clock, random) => new RequestRate(path, clock, random),
};

export class FileLimits implements SharedLimits {
  readonly #directory: string;
  readonly #clock: RateClock;
  readonly #random: () => number;
  readonly #files: LimitFiles;
  #requests: Pick<RequestRate, 'acquire' | 'close'> | undefined;

  /** @param random from 0 up to 1 */
  constructor(dataDirectory: string, clock: RateClock, random: () => number, files: LimitFiles = systemFiles) {
    this.#directory = join(dataDirectory, 'limits');
    this.#clock = clock;
    this.#random = random;
    this.#files = files;
  }

  rate(accessKey: string) {
    this.#requests ??= this.#files.openRate(join(this.#directory, 'requests.db'), this.#clock, this.#random);
    const requests = this.#requests;
    return {
      acquire: (signal?: AbortSignal, lane?: RequestLane) => requests.acquire(accessKey, signal, lane),
    };
  }

  audience(adAccountId: string, audience: string, options?: WaitOptions): Promise<Release> {
    return this.#turn(`audience-${digest(`${adAccountId}\n${audience}`)}`, options);
  }

  replaceTurn(adAccountId: string, options?: WaitOptions): Promise<Release> {
    return this.#turn(`replace-${digest(adAccountId)}`, options);
  }

  close(): void {
    this.#requests?.close();
    this.#requests = undefined;
  }

  async #turn(name: string, { signal, onWait }: WaitOptions = {}): Promise<Release> {
    for (let polls = 0; ; polls++) {
      const release = this.#files.tryLock(join(this.#directory, `${name}.lock`));
      if (release) return release;
      if (polls === 0) onWait?.();
      await this.#clock.sleep(LOCK_POLL_MS, signal);
    }
  }
}

/** A file name must not contain the name of an audience, or characters that a file system refuses. */
const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 24);

const PLACE_POLL_MS = 50;

export type RateClock = Pick<Clock, 'now' | 'monotonic' | 'sleep' | 'every'>;

export class RequestRate {
  readonly #database: DatabaseSync;
  readonly #clock: RateClock;
  readonly #turns: RequestTurns;

  /** @param random from 0 up to 1 */
  constructor(path: string, clock: RateClock, random: () => number) {
    makeParent(path);
    this.#clock = clock;
    this.#database = onDiskSync(path, () => {
      const database = new DatabaseSync(path, { timeout: 10_000 });
      // Places need not survive the machine, so nothing waits for the disk.
      database.exec('PRAGMA synchronous = OFF');
      database.exec(
        'CREATE TABLE IF NOT EXISTS places (access_key TEXT, place INTEGER, token INTEGER, held INTEGER, until INTEGER, PRIMARY KEY (access_key, place)) WITHOUT ROWID',
      );
      return database;
    });
    this.#turns = new RequestTurns({
      table: {
        take: async (key, lane) => onDiskSync(path, () => this.#take(key, lane)),
        renew: async (key, taken) => this.#set(key, taken, 1, HOLD_MS),
        release: async (key, taken) => this.#set(key, taken, 0, lineAdsTraits.limits.requests.windowMs),
      },
      clock,
      random,
      pollMs: PLACE_POLL_MS,
    });
  }

  /** Waits until one more request of `accessKey` may be sent. @returns the release, to call after the request */
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
      const [from, to] = lineAdsTraits.limits.requests.lanes[lane];
      const insert = this.#database.prepare('INSERT OR IGNORE INTO places VALUES (?, ?, 0, 0, 0)');
      for (let place = 0; place < lineAdsTraits.limits.requests.places; place++) insert.run(key, place);
      // A place counts as free when it was taken under another clock, or when its process is dead.
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
      .prepare('UPDATE places SET held = ?, until = ? WHERE access_key = ? AND place = ? AND token = ? AND held')
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
      // After a full disk, SQLite has rolled back by itself.
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  }
}
