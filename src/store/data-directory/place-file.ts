/** The table of places for requests (coordination/request-turns.ts) in an SQLite file. Times are of this machine. */
import { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../contracts/ports.ts';
import type { RequestLane, RequestLimit } from '../../domain/destinations/traits.ts';
import { HOLD_MS, LONGEST_HOLD_MS, PAUSE, type PlaceTable, type TakenPlace } from '../coordination/request-turns.ts';
import { makeParent, onDiskSync } from './file-errors.ts';

export interface PlaceFile extends PlaceTable {
  close(): void;
}

export function openPlaces(path: string, clock: Pick<Clock, 'now'>): PlaceFile {
  makeParent(path);
  const database = onDiskSync(path, () => {
    const opened = new DatabaseSync(path, { timeout: 10_000 });
    // Places need not survive the machine, so nothing waits for the disk.
    opened.exec('PRAGMA synchronous = OFF');
    opened.exec(
      'CREATE TABLE IF NOT EXISTS places (access_key TEXT, place INTEGER, token INTEGER, held INTEGER, until INTEGER, PRIMARY KEY (access_key, place)) WITHOUT ROWID',
    );
    return opened;
  });
  const now = () => clock.now().getTime();
  const set = (key: string, { place, token }: TakenPlace, held: number, forMs: number): void => {
    database
      .prepare('UPDATE places SET held = ?, until = ? WHERE access_key = ? AND place = ? AND token = ? AND held')
      .run(held, now() + forMs, key, place, token);
  };
  return {
    take: async (key, lane, limit) =>
      onDiskSync(path, () => inTransaction(database, () => takePlace(database, key, lane, limit, now()))),
    renew: async (key, taken) => set(key, taken, 1, HOLD_MS),
    release: async (key, taken, { windowMs }) => set(key, taken, 0, windowMs),
    pause: async (key, ms) => onDiskSync(path, () => pause(database, key, now(), ms)),
    isPaused: async (key) => onDiskSync(path, () => isPaused(database, key, now())),
    close: () => database.close(),
  };
}

const IS_PAUSED = `EXISTS (
  SELECT * FROM places WHERE access_key = :key AND place = ${PAUSE} AND until > :now AND until <= :far)`;

function isPaused(database: DatabaseSync, key: string, now: number): boolean {
  const { paused } = database
    .prepare(`SELECT ${IS_PAUSED} AS paused`)
    .get({ key, now, far: now + LONGEST_HOLD_MS }) as unknown as { paused: number };
  return paused === 1;
}

function takePlace(
  database: DatabaseSync,
  key: string,
  lane: RequestLane,
  { places, lanes }: RequestLimit,
  now: number,
): TakenPlace | undefined {
  const [from, to] = lanes[lane];
  const insert = database.prepare('INSERT OR IGNORE INTO places VALUES (?, ?, 0, 0, 0)');
  for (let place = 0; place < places; place++) insert.run(key, place);
  // A place counts as free when it was taken under another clock, or when its process is dead. So does a pause count as
  // over.
  const free = database
    .prepare(
      `SELECT place, token, CASE WHEN held OR until > :far THEN :now ELSE max(until, :now) END AS at FROM places
       WHERE access_key = :key AND place >= :from AND place < :to AND (NOT held OR until <= :now OR until > :far)
         AND NOT ${IS_PAUSED}
       ORDER BY at, place DESC LIMIT 1`,
    )
    .get({ key, from, to, now, far: now + LONGEST_HOLD_MS }) as unknown as
    | { place: number; token: number; at: number }
    | undefined;
  if (!free) return undefined;
  const token = free.token + 1;
  database
    .prepare('UPDATE places SET held = 1, token = ?, until = ? WHERE access_key = ? AND place = ?')
    .run(token, free.at + HOLD_MS, key, free.place);
  return { place: free.place, token, waitMs: free.at - now };
}

function pause(database: DatabaseSync, key: string, now: number, ms: number): void {
  database
    .prepare(
      `INSERT INTO places VALUES (:key, ${PAUSE}, 0, 0, :until)
       ON CONFLICT DO UPDATE SET until = CASE WHEN until > :far THEN :until ELSE max(until, :until) END`,
    )
    .run({ key, until: now + ms, far: now + LONGEST_HOLD_MS });
}

function inTransaction<T>(database: DatabaseSync, work: () => T): T {
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
