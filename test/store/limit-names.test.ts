/**
 * Two versions share the limits of LINE Ads during an upgrade, so the names of its keys and accounts never change: of
 * leases, of files, and in the tables of places. The statements below are those of version 0.2.0.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { sql } from 'kysely';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { SharedLimits } from '../../src/contracts/ports.ts';
import { limitKey, quotaOf } from '../../src/domain/destinations/limits.ts';
import { lineAdsTraits } from '../../src/domain/destinations/line-ads.ts';
import type { RequestLane } from '../../src/domain/destinations/traits.ts';
import { systemClock } from '../../src/machine/system-clock.ts';
import { CoordinatedLimits } from '../../src/store/coordination/coordinated-limits.ts';
import { placeTable } from '../../src/store/coordination/place-table.ts';
import type { PlaceTable, TakenPlace } from '../../src/store/coordination/request-turns.ts';
import { FileLimits } from '../../src/store/data-directory/file-limits.ts';
import { openPlaces } from '../../src/store/data-directory/place-file.ts';
import type { Db } from '../../src/store/database/database.ts';
import { databases, useDatabase } from '../support/databases.ts';
import { directoryOfTest } from '../support/directory.ts';
import { leasesOn } from '../support/leases.ts';

/** Of the access key `key`. */
const KEY_HASH = '2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683';
const account = limitKey(lineAdsTraits, 'A1');
const placesOfKey = Array.from({ length: 10 }, (_, place) => ({ key: KEY_HASH, place }));

/** Takes one of each. */
async function useAll(limits: SharedLimits): Promise<void> {
  await limits.audience(account, '555');
  await limits.audience(account, 'name:VIP');
  await limits.slotTurn(account, 'REPLACE');
  await limits.rate(quotaOf(lineAdsTraits, 'key')).acquire();
}

interface Version {
  readonly take: (lane: RequestLane) => Promise<TakenPlace | undefined>;
  readonly release: (taken: TakenPlace) => Promise<void>;
}

const thisVersion = (table: PlaceTable): Version => {
  const limit = lineAdsTraits.limits.requests;
  return {
    take: (lane) => table.take(KEY_HASH, lane, limit),
    release: (taken) => table.release(KEY_HASH, taken, limit),
  };
};

const LANES = { usual: [0, 10], upload: [3, 8], background: [0, 3] } as const;

async function shareTenPlaces(first: Version, second: Version): Promise<void> {
  const held: { by: Version; taken: TakenPlace }[] = [];
  const take = async (by: Version, lane: RequestLane) => {
    const taken = await by.take(lane);
    if (taken) held.push({ by, taken });
    return taken;
  };
  for (let n = 0; n < 3; n++) expect(await take(n % 2 ? second : first, 'background')).toMatchObject({ waitMs: 0 });
  expect([await take(first, 'background'), await take(second, 'background')]).toEqual([undefined, undefined]);
  for (let n = 0; n < 5; n++) expect(await take(n % 2 ? second : first, 'upload')).toMatchObject({ waitMs: 0 });
  expect([await take(first, 'upload'), await take(second, 'upload')]).toEqual([undefined, undefined]);
  for (const by of [first, second]) expect(await take(by, 'usual')).toMatchObject({ waitMs: 0 });
  expect([await take(first, 'usual'), await take(second, 'usual')]).toEqual([undefined, undefined]);
  expect(new Set(held.map(({ taken }) => taken.place)).size).toBe(10);
  // What one gives back, the other may have after the window, and the former holder cannot touch it.
  for (const { by, taken } of held) {
    const before = performance.now();
    await by.release(taken);
    const next = by === first ? second : first;
    const again = (await next.take('usual'))!;
    expect(again).toMatchObject({ place: taken.place, token: taken.token + 1 });
    expect(again.waitMs).toBeLessThanOrEqual(1_010);
    // A busy machine comes later, and the clock of a database differs a little.
    expect(again.waitMs).toBeGreaterThanOrEqual(1_010 - (performance.now() - before) - 5);
    await by.release(taken);
    expect([await first.take('usual'), await second.take('usual')]).toEqual([undefined, undefined]);
  }
}

test('a key of LINE Ads is as it was, and that of another destination has its name', () => {
  expect(limitKey(lineAdsTraits, 'key')).toBe('key');
  expect(limitKey({ id: 'other' }, 'key')).toBe('other:key');
  expect(quotaOf({ id: 'other', limits: lineAdsTraits.limits }, 'key')).toEqual({
    key: 'other:key',
    limit: lineAdsTraits.limits.requests,
  });
});

describe.each(databases)('on $kind', (kind) => {
  const current = useDatabase(kind);

  test('leases and places have their names', async () => {
    const { db } = await current.another();
    const leases = leasesOn(db);
    await useAll(new CoordinatedLimits({ places: placeTable(db), leases, clock: systemClock, random: Math.random }));
    const { rows } = await sql`select name from lineup.leases order by 1`.execute(db);
    expect(rows).toEqual(['audience:A1:555', 'audience:A1:name:VIP', 'replace:A1'].map((name) => ({ name })));
    const places = await sql`select key_hash as key, place from lineup.request_places order by 2`.execute(db);
    expect(places.rows).toEqual(placesOfKey);
    await leases.close();
  });

  const earlier = (db: Db): Version => ({
    take: async (lane) => {
      const [from, to] = LANES[lane];
      const { rows } = await sql<{ place: number | null; token: number; wait_ms: number }>`
        with free as (
          select place, case
            when held or until > statement_timestamp() + make_interval(secs => 40) then statement_timestamp()
            else greatest(until, statement_timestamp()) end as at
          from lineup.request_places
          where key_hash = ${KEY_HASH} and place >= ${from}::int and place < ${to}::int
            and (not held or until <= statement_timestamp()
              or until > statement_timestamp() + make_interval(secs => 40))
          order by at, place desc limit 1
          for update skip locked
        ), taken as (
          update lineup.request_places as mine
          set held = true, token = mine.token + 1, until = free.at + make_interval(secs => 20)
          from free where mine.key_hash = ${KEY_HASH} and mine.place = free.place
          returning mine.place, mine.token, extract(epoch from free.at - clock_timestamp())::float8 * 1000 as wait_ms
        )
        select taken.place, taken.token, taken.wait_ms
        from (select count(*) as places from lineup.request_places where key_hash = ${KEY_HASH}) as there
        left join taken on true where there.places > 0`.execute(db);
      const [row] = rows;
      if (!row) {
        await sql`
          insert into lineup.request_places (key_hash, place)
          select ${KEY_HASH}::text, place from generate_series(0, 9::int) as place
          on conflict do nothing`.execute(db);
        return earlier(db).take(lane);
      }
      return row.place === null ? undefined : { place: row.place, token: row.token, waitMs: Math.max(0, row.wait_ms) };
    },
    release: async ({ place, token }) => {
      await sql`
        update lineup.request_places set held = false, until = clock_timestamp() + make_interval(secs => 1.01)
        where key_hash = ${KEY_HASH} and place = ${place}::int and token = ${token}::bigint and held`.execute(db);
    },
  });

  test('two versions share ten places, whichever was first', async () => {
    const [here, there] = [(await current.another()).db, (await current.another()).db];
    await shareTenPlaces(thisVersion(placeTable(here)), earlier(there));
    await sql`delete from lineup.request_places`.execute(here);
    await shareTenPlaces(earlier(there), thisVersion(placeTable(here)));
  });
});

describe('in a data directory', () => {
  const TABLE =
    'CREATE TABLE places (access_key TEXT, place INTEGER, token INTEGER, held INTEGER, until INTEGER, PRIMARY KEY (access_key, place)) WITHOUT ROWID';

  const opened = (path: string): DatabaseSync => {
    const database = new DatabaseSync(path, { timeout: 10_000 });
    onTestFinished(() => database.close());
    return database;
  };

  test('files and places have their names', async () => {
    const directory = directoryOfTest('limits');
    const limits = new FileLimits(directory, systemClock, Math.random);
    onTestFinished(() => limits.close());
    await useAll(limits);
    expect(readdirSync(join(directory, 'limits')).filter((name) => !name.endsWith('-journal'))).toEqual([
      'audience-24c912ec81abf42d451e9ee4.lock',
      'audience-76a37f54c027d318a72619de.lock',
      'replace-16a36e86f6fed5d465ff3325.lock',
      'requests.db',
    ]);
    const database = opened(join(directory, 'limits/requests.db'));
    expect(database.prepare('SELECT sql FROM sqlite_master').all()).toEqual([{ sql: TABLE }]);
    expect(database.prepare('SELECT access_key AS key, place FROM places ORDER BY 2').all()).toEqual(placesOfKey);
  });

  const earlier = (database: DatabaseSync): Version => ({
    take: async (lane) => {
      database.exec('BEGIN IMMEDIATE');
      const now = Date.now();
      const [from, to] = LANES[lane];
      const insert = database.prepare('INSERT OR IGNORE INTO places VALUES (?, ?, 0, 0, 0)');
      for (let place = 0; place < 10; place++) insert.run(KEY_HASH, place);
      const free = database
        .prepare(
          `SELECT place, token, CASE WHEN held OR until > :far THEN :now ELSE max(until, :now) END AS at FROM places
           WHERE access_key = :key AND place >= :from AND place < :to AND (NOT held OR until <= :now OR until > :far)
           ORDER BY at, place DESC LIMIT 1`,
        )
        .get({ key: KEY_HASH, from, to, now, far: now + 40_000 }) as unknown as
        | { place: number; token: number; at: number }
        | undefined;
      if (free)
        database
          .prepare('UPDATE places SET held = 1, token = ?, until = ? WHERE access_key = ? AND place = ?')
          .run(free.token + 1, free.at + 20_000, KEY_HASH, free.place);
      database.exec('COMMIT');
      return free && { place: free.place, token: free.token + 1, waitMs: free.at - now };
    },
    release: async ({ place, token }) => {
      database
        .prepare('UPDATE places SET held = 0, until = ? WHERE access_key = ? AND place = ? AND token = ? AND held')
        .run(Date.now() + 1_010, KEY_HASH, place, token);
    },
  });

  test('two versions share ten places, whichever was first', async () => {
    for (const isFirst of [true, false]) {
      const path = join(directoryOfTest('limits'), 'requests.db');
      const places = openPlaces(path, systemClock);
      onTestFinished(() => places.close());
      const versions = [thisVersion(places), earlier(opened(path))] as const;
      await shareTenPlaces(...(isFirst ? versions : ([versions[1], versions[0]] as const)));
    }
  });
});
