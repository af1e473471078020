/** Leases, places for requests, and the queue of runs, in memory. */

import type { LeaseClaim } from '../../src/contracts/job-store.ts';
import { takenOver } from '../../src/store/coordination/lease-table.ts';
import type { LeaseTable } from '../../src/store/coordination/leases.ts';
import {
  HOLD_MS,
  LONGEST_HOLD_MS,
  type PlaceTable,
  type TakenPlace,
} from '../../src/store/coordination/request-turns.ts';
import { outdatedOn } from '../../src/store/database/migrate.ts';
import type { VersionedTables } from '../world/storage.ts';
import type { MemoryConnection } from './connection.ts';
import type { MemoryTransaction, PlaceRow } from './database.ts';

/**
 * @param now the time of the database, in milliseconds
 * @param knows the number of the last migration that the version of this process knows. A version that is too old gets
 * no lease
 */
export const memoryLeaseTable = (connection: MemoryConnection, now: () => number, knows = 0): LeaseTable => ({
  take: (name, holder, ttlMs) => {
    const requestedAt = once(now);
    return connection.statement('take lease', (tx) => {
      const expiresAt = requestedAt() + ttlMs;
      tx.lock('leases', name, 'no key update');
      const held = tx.get('leases', name);
      // As a sequence of the database does, it counts the attempts.
      const token = tx.database.nextToken();
      if ((held && held.expiresAt > now()) || knows < oldestVersion(tx)) return undefined;
      tx.put('leases', name, { holder, token, expiresAt, knows });
      return token;
    });
  },
  renew: (tokens, holder, ttlMs) => {
    const requestedAt = once(now);
    return connection.statement('renew leases', (tx) => {
      const expiresAt = requestedAt() + ttlMs;
      const kept: number[] = [];
      for (const [name, row] of tx.entries('leases')) {
        if (!tokens.includes(row.token) || row.holder !== holder || row.expiresAt <= now()) continue;
        if (row.knows < oldestVersion(tx)) continue;
        tx.put('leases', name, { ...row, expiresAt });
        kept.push(row.token);
      }
      return kept;
    });
  },
  delete: (tokens) =>
    connection.statement('delete leases', (tx) => {
      for (const [name, row] of tx.entries('leases')) if (tokens.includes(row.token)) tx.delete('leases', name);
    }),
});

/** The oldest version that may work on the tables, by the last migration that it knows. */
const oldestVersion = (tx: MemoryTransaction): number =>
  Math.max(0, ...tx.values('migrations').map(({ oldest }) => oldest));

/** What migrations do with the tables: as `migrate`, in one statement. */
export const memoryTables = (connection: MemoryConnection, knows: number): VersionedTables => {
  const outdated = (tx: MemoryTransaction) => {
    const applied = Math.max(0, ...tx.entries('migrations').map(([number]) => Number(number)));
    return outdatedOn({ applied, oldest: oldestVersion(tx) }, knows);
  };
  return {
    update: (migration) =>
      connection.statement('update tables', (tx) => {
        const tooOld = outdated(tx);
        if (tooOld) throw tooOld;
        if (!migration || tx.get('migrations', String(migration.number))) return;
        // Runs of versions that are too old from now on.
        for (const [name, row] of tx.entries('leases'))
          if (row.knows < migration.oldest) tx.put('leases', name, { ...row, token: tx.database.nextToken() });
        tx.put('migrations', String(migration.number), { oldest: migration.oldest });
      }),
    outdated: () => connection.statement('look at version of tables', outdated),
  };
};

/**
 * The time of the first call. A statement has the time of its begin, also when it waits for a lock and begins again.
 */
function once(now: () => number): () => number {
  let first: number | undefined;
  return () => {
    first ??= now();
    return first;
  };
}

/** Checks a lease, and locks it until the end. @throws {LineupError} `run_taken_over` */
export function assertHeld(tx: MemoryTransaction, { name, token }: LeaseClaim, now: number): void {
  const lease = tx.get('leases', name);
  if (lease?.token !== token || lease.expiresAt <= now) throw takenOver();
  tx.lock('leases', name);
}

const freePlace: PlaceRow = { held: false, token: 0, until: 0 };
const placesOf = (tx: MemoryTransaction, key: string): readonly PlaceRow[] => tx.get('places', key) ?? [];
/** Where the pause of a key is stored, as a row alone. */
const pauseOf = (key: string): string => `pause of ${key}`;

/** @param now the time of the database, in milliseconds */
export const memoryPlaceTable = (connection: MemoryConnection, now: () => number): PlaceTable => ({
  take: (key, lane, limit) =>
    connection.statement('take place', (tx): TakenPlace | undefined => {
      tx.lock('places', key);
      const known = placesOf(tx, key);
      const places = Array.from({ length: Math.max(known.length, limit.places) }, (_, n) => known[n] ?? freePlace);
      const [from, to] = limit.lanes[lane];
      const time = now();
      if (isPaused(tx, key, time)) return undefined;
      const free = places
        .map((place, n) => ({ ...place, n, isFar: place.until > time + LONGEST_HOLD_MS }))
        .slice(from, to)
        .filter(({ held, until, isFar }) => !held || until <= time || isFar)
        .map(({ n, token, held, until, isFar }) => ({
          n,
          token,
          at: held || isFar ? time : Math.max(until, time),
        }))
        .sort((a, b) => a.at - b.at || b.n - a.n)[0];
      if (!free) return undefined;
      const taken = { held: true, token: free.token + 1, until: free.at + HOLD_MS };
      tx.put('places', key, places.with(free.n, taken));
      return { place: free.n, token: taken.token, waitMs: free.at - time };
    }),
  renew: (key, taken) =>
    connection.statement('renew place', (tx) => changePlace(tx, key, taken, { held: true, until: now() + HOLD_MS })),
  release: (key, taken, { windowMs }) =>
    connection.statement('release place', (tx) =>
      changePlace(tx, key, taken, { held: false, until: now() + windowMs }),
    ),
  isPaused: (key) => connection.statement('look for pause', (tx) => isPaused(tx, key, now())),
  pause: (key, ms) =>
    connection.statement('pause requests', (tx) => {
      tx.lock('places', pauseOf(key));
      const time = now();
      const [{ until } = freePlace] = placesOf(tx, pauseOf(key));
      const later = until > time + LONGEST_HOLD_MS ? 0 : until;
      tx.put('places', pauseOf(key), [{ ...freePlace, until: Math.max(later, time + ms) }]);
    }),
});

function isPaused(tx: MemoryTransaction, key: string, now: number): boolean {
  const [{ until } = freePlace] = placesOf(tx, pauseOf(key));
  return until > now && until <= now + LONGEST_HOLD_MS;
}

function changePlace(
  tx: MemoryTransaction,
  key: string,
  { place, token }: TakenPlace,
  to: Pick<PlaceRow, 'held' | 'until'>,
): void {
  tx.lock('places', key);
  const places = placesOf(tx, key);
  const row = places[place];
  if (row?.held && row.token === token) tx.put('places', key, places.with(place, { ...row, ...to }));
}
