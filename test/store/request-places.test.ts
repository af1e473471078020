/** LINE’s ten requests a second, over all processes that share the database. */
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { quotaOf } from '../../src/domain/destinations/limits.ts';
import { lineAdsTraits } from '../../src/domain/destinations/line-ads.ts';
import type { RequestLane } from '../../src/domain/destinations/traits.ts';
import { systemClock } from '../../src/machine/system-clock.ts';
import { requestPlaces } from '../../src/store/coordination/coordinated-limits.ts';
import { placeTable } from '../../src/store/coordination/place-table.ts';
import { hashOf } from '../../src/store/coordination/request-turns.ts';
import type { Db } from '../../src/store/database/database.ts';
import { databases, useDatabase } from '../support/databases.ts';

const key = hashOf('key');
const quota = quotaOf(lineAdsTraits, 'key');
const limit = lineAdsTraits.limits.requests;
const takePlace = (db: Db, hash: string, lane: RequestLane) => placeTable(db).take(hash, lane, limit);
const sleep = (ms: number, signal?: AbortSignal) =>
  new Promise<void>((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });

/** What is left of the window of a place that was released at most `agoMs` ago. */
const expectWindow = (waitMs: number, agoMs: number) => {
  expect(waitMs).toBeLessThanOrEqual(limit.windowMs);
  // The database has another clock.
  expect(waitMs).toBeGreaterThanOrEqual(limit.windowMs - agoMs - 5);
};

/** The largest number of moments within any one second. */
const densest = (moments: readonly number[]) =>
  Math.max(...moments.map((start) => moments.filter((at) => at >= start && at < start + 1_000).length));

describe.each(databases)('places for requests on $kind', (kind) => {
  const current = useDatabase(kind);
  const process_ = async () =>
    requestPlaces({ places: placeTable((await current.another()).db), clock: systemClock, random: Math.random });

  test('no eleven requests arrive within a second, over all processes, however long each one travels', {
    timeout: 120_000,
  }, async () => {
    const processes = await Promise.all([process_(), process_(), process_()]);
    const arrived: number[] = [];
    const ways = [450, 300, 20, 0, 120, 0];
    const request = async (n: number) => {
      const release = await processes[n % 3]!.acquire(quota);
      await sleep(ways[n % ways.length]!);
      arrived.push(performance.now());
      await sleep(ways[n % ways.length]! / 10);
      release();
    };
    await Promise.all(Array.from({ length: 45 }, (_, n) => request(n)));
    expect(densest(arrived)).toBeLessThanOrEqual(10);
    for (const places of processes) await places.settled();
    const { rows } = await sql<{ seen: string }>`
      select json_agg(p)::text as seen from lineup.request_places p`.execute(current.database.db);
    expect(rows[0]?.seen).not.toContain('"key"');
  });

  test('a place can be reserved for the moment when it is free, by one process only', async () => {
    const { db } = current.database;
    const taken = [];
    for (let n = 0; n < 10; n++) taken.push((await takePlace(db, key, 'usual'))!);
    expect(new Set(taken.map(({ place }) => place)).size).toBe(10);
    expect(taken.every(({ waitMs }) => waitMs === 0)).toBe(true);
    expect(await takePlace(db, key, 'usual')).toBeUndefined();
    const before = performance.now();
    await placeTable(db).release(key, taken[4]!, limit);
    const next = await takePlace(db, key, 'usual');
    expect(next?.place).toBe(taken[4]!.place);
    expectWindow(next!.waitMs, performance.now() - before);
    expect(await takePlace(db, key, 'usual')).toBeUndefined();
    // A second or late release would release a place of another.
    await placeTable(db).release(key, taken[4]!, limit);
    expect(await takePlace(db, key, 'usual')).toBeUndefined();
    expect((await takePlace(db, hashOf('another key'), 'usual'))?.waitMs).toBe(0);
  });

  test.each<[RequestLane, number]>([
    ['upload', 5],
    ['background', 3],
  ])('of the lane %s leave places for the others', async (lane, most) => {
    const { db } = current.database;
    let taken = 0;
    while (await takePlace(db, key, lane)) taken += 1;
    expect(taken).toBe(most);
    const other = lane === 'upload' ? 'background' : 'upload';
    expect(await takePlace(db, key, other)).toBeDefined();
    while (await takePlace(db, key, 'usual')) taken += 1;
    expect(taken).toBe(9);
  });

  test('the places of a dead process are kept for a short time', async () => {
    const { db } = current.database;
    for (let n = 0; n < 10; n++) await takePlace(db, key, 'usual');
    const { rows } = await sql<{ most: number }>`
      select extract(epoch from max(until) - clock_timestamp())::float8 as most from lineup.request_places`.execute(db);
    expect(rows[0]!.most).toBeLessThanOrEqual(20);
    await sql`update lineup.request_places set until = clock_timestamp() - interval '1 second'`.execute(db);
    expect((await takePlace(db, key, 'usual'))?.waitMs).toBe(0);
  });

  test('a clock that was set back does not stop all requests', async () => {
    const { db } = current.database;
    for (let n = 0; n < 10; n++) await placeTable(db).release(key, (await takePlace(db, key, 'usual'))!, limit);
    await sql`update lineup.request_places set until = until + interval '1 day', held = place > 5`.execute(db);
    for (let n = 0; n < 10; n++) expect((await takePlace(db, key, 'usual'))?.waitMs).toBe(0);
  });

  test('an aborted request leaves at once, and the next one goes', async () => {
    const places = await process_();
    const releases = [];
    for (let n = 0; n < 10; n++) releases.push(await places.acquire(quota));
    const stop = new AbortController();
    const waiting = Promise.allSettled([places.acquire(quota, stop.signal), places.acquire(quota, stop.signal)]);
    const next = places.acquire(quota);
    stop.abort(new Error('no more patience'));
    expect((await waiting).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    releases[0]!();
    (await next)();
    await expect(places.acquire(quota, stop.signal)).rejects.toThrow('no more patience');
    for (const release of releases) release();
    await places.settled();
  });
});
