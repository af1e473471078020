import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { LeaseClaim } from '../../../src/contracts/job-store.ts';
import { lineAdsTraits } from '../../../src/domain/destinations/line-ads.ts';
import type { RequestLane, RequestLimit } from '../../../src/domain/destinations/traits.ts';
import { systemClock } from '../../../src/machine/system-clock.ts';
import { hashOf, type TakenPlace } from '../../../src/store/coordination/request-turns.ts';
import { openPlaces } from '../../../src/store/data-directory/place-file.ts';
import { directoryOfTest } from '../../support/directory.ts';
import { meanwhile } from '../../support/meanwhile.ts';
import { queueRun } from '../../support/stored-runs.ts';
import { stores, type TestStore } from '../../support/stores.ts';

const MINUTE = 60_000;
const key = hashOf('key');
const limit = lineAdsTraits.limits.requests;
/** The clock of a database cannot be set. A lease of a millisecond has expired after this. */
const passTime = () => sleep(20);

describe.each(stores)('coordination on $kind', (kind) => {
  const current = kind.use();
  let here: TestStore;
  let there: TestStore;
  beforeEach(async () => {
    here = await current.open();
    there = await current.open();
  });
  const isHeld = async (name: string, token: number) =>
    here.store
      .transaction((tx) => tx.assertHeld({ name, token }))
      .then(
        () => true,
        () => false,
      );

  test('a lease has one holder until it is deleted, and each holder has a higher token', async () => {
    const first = (await here.leases.take('x', 'a', MINUTE))!;
    expect(await there.leases.take('x', 'b', MINUTE)).toBeUndefined();
    expect(await here.leases.take('x', 'a', MINUTE)).toBeUndefined();
    expect(await there.leases.take('y', 'b', MINUTE)).toBeGreaterThan(first);
    expect(await isHeld('x', first)).toBe(true);
    expect(await isHeld('y', first)).toBe(false);
    await here.leases.delete([first]);
    expect(await isHeld('x', first)).toBe(false);
    expect(await there.leases.take('x', 'b', MINUTE)).toBeGreaterThan(first);
  });

  test('an expired lease goes to the next holder, and the former holder cannot touch it', async () => {
    const first = (await here.leases.take('x', 'a', 0))!;
    expect(await isHeld('x', first)).toBe(false);
    expect(await here.leases.renew([first], 'a', MINUTE)).toEqual([]);
    const second = (await there.leases.take('x', 'b', MINUTE))!;
    expect(second).toBeGreaterThan(first);
    await here.leases.delete([first]);
    expect(await isHeld('x', second)).toBe(true);
  });

  test('a renewal extends only leases of its holder', async () => {
    const mine = (await here.leases.take('x', 'a', MINUTE))!;
    const other = (await there.leases.take('y', 'b', MINUTE))!;
    expect(await here.leases.renew([mine, other], 'a', 1)).toEqual([mine]);
    await sleep(20);
    expect(await isHeld('x', mine)).toBe(false);
    expect(await isHeld('y', other)).toBe(true);
  });

  test('a renewal says which of its leases are still held', async () => {
    const [x, y, z] = [
      (await here.leases.take('x', 'a', MINUTE))!,
      (await here.leases.take('y', 'a', MINUTE))!,
      (await here.leases.take('z', 'a', 0))!,
    ];
    await here.leases.delete([y]);
    expect([...(await here.leases.renew([x, y, z, 9_999], 'a', MINUTE))]).toEqual([x]);
    expect(await here.leases.renew([x], 'b', MINUTE)).toEqual([]);
  });

  test('a deletion frees all its leases, and no others', async () => {
    const take = async (name: string) => (await here.leases.take(name, 'a', MINUTE))!;
    const [x, y, z] = [await take('x'), await take('y'), await take('z')];
    await there.leases.delete([x, y, 9_999]);
    expect([await isHeld('x', x), await isHeld('y', y), await isHeld('z', z)]).toEqual([false, false, true]);
    await there.leases.delete([x]);
    expect(await there.leases.take('x', 'b', MINUTE)).toBeGreaterThan(z);
  });

  test('a lease that is not held does not end the transaction that checks it', async () => {
    const token = (await here.leases.take('x', 'a', MINUTE))!;
    const refused = { code: 'run_taken_over' };
    await here.store.transaction(async (tx) => {
      await expect(tx.assertHeld({ name: 'unknown', token })).rejects.toMatchObject(refused);
      await expect(tx.assertHeld({ name: 'x', token: token + 1 })).rejects.toMatchObject(refused);
      await tx.assertHeld({ name: 'x', token });
      await tx.assertHeld({ name: 'x', token });
    });
  });
});

/** The command line has a table of places alone. */
const inFile = {
  kind: 'SQLite',
  use: () => {
    let path: string;
    beforeEach(() => {
      path = join(directoryOfTest('places'), 'requests.db');
    });
    return {
      open: async () => {
        const places = openPlaces(path, systemClock);
        onTestFinished(() => places.close());
        return { places };
      },
    };
  },
};

describe.each([...stores, inFile])('places for requests on $kind', (kind) => {
  const current = kind.use();
  let here: Pick<TestStore, 'places'>;
  let there: Pick<TestStore, 'places'>;
  beforeEach(async () => {
    here = await current.open();
    there = await current.open();
  });

  const takeAll = async (lane: RequestLane, allowed: RequestLimit = limit): Promise<TakenPlace[]> => {
    const taken: TakenPlace[] = [];
    for (
      let next = await here.places.take(key, lane, allowed);
      next;
      next = await here.places.take(key, lane, allowed)
    ) {
      taken.push(next);
    }
    return taken;
  };

  test('each lane has its places, from the last to the first', async () => {
    const places = async (lane: RequestLane) => (await takeAll(lane)).map(({ place }) => place);
    expect(await places('upload')).toEqual([7, 6, 5, 4, 3]);
    expect(await places('background')).toEqual([2, 1, 0]);
    expect(await places('usual')).toEqual([9, 8]);
    expect(await there.places.take(key, 'usual', limit)).toBeUndefined();
    expect(await there.places.take(hashOf('another'), 'usual', limit)).toMatchObject({ place: 9, waitMs: 0 });
  });

  test('a released place is free after the window, and its former holder cannot touch it', async () => {
    const taken = await takeAll('usual');
    expect(taken.every(({ waitMs }) => waitMs === 0)).toBe(true);
    const [former] = taken;
    await here.places.renew(key, former!);
    const before = performance.now();
    await here.places.release(key, former!, limit);
    const next = (await there.places.take(key, 'usual', limit))!;
    expect(next).toMatchObject({ place: former!.place, token: former!.token + 1 });
    expect(next.waitMs).toBeLessThanOrEqual(limit.windowMs);
    // A busy machine comes later, and the clock of a database differs a little.
    const lateMs = performance.now() - before + 5;
    expect(next.waitMs).toBeGreaterThanOrEqual(limit.windowMs - lateMs);
    await here.places.release(key, former!, limit);
    expect(await here.places.take(key, 'usual', limit)).toBeUndefined();
  });

  test('a place counts its holders, and only the present one can touch it', async () => {
    const [first] = await takeAll('usual');
    await here.places.release(key, { ...first!, token: first!.token - 1 }, limit);
    await here.places.release(hashOf('another'), first!, limit);
    expect(await there.places.take(key, 'usual', limit)).toBeUndefined();
    await here.places.release(key, first!, limit);
    // What is given back is not held again.
    await here.places.renew(key, first!);
    const second = (await there.places.take(key, 'usual', limit))!;
    expect(second).toMatchObject({ place: first!.place, token: first!.token + 1 });
    await there.places.release(key, second, limit);
    expect(await here.places.take(key, 'usual', limit)).toMatchObject({ token: second.token + 1 });
    expect(await here.places.take(key, 'usual', limit)).toBeUndefined();
  });

  test('a limit has as many places as it says, each for its window', async () => {
    const five: RequestLimit = { ...limit, places: 5, lanes: { usual: [0, 5], upload: [1, 4], background: [0, 1] } };
    const places = async (lane: RequestLane) => (await takeAll(lane, five)).map(({ place }) => place);
    expect(await places('background')).toEqual([0]);
    expect(await places('upload')).toEqual([3, 2, 1]);
    expect(await places('usual')).toEqual([4]);
    // A later version may know of more places, which a window of ten seconds keeps for longer.
    const ten: RequestLimit = { ...limit, windowMs: 10_010 };
    const more = await takeAll('usual', ten);
    expect(more.map(({ place, waitMs }) => [place, waitMs])).toEqual([9, 8, 7, 6, 5].map((place) => [place, 0]));
    await here.places.release(key, more[2]!, ten);
    const next = (await there.places.take(key, 'usual', ten))!;
    expect(next.place).toBe(7);
    expect(next.waitMs).toBeGreaterThan(limit.windowMs);
    expect(next.waitMs).toBeLessThanOrEqual(10_010);
    expect(await there.places.take(key, 'usual', ten)).toBeUndefined();
  });

  test('nobody takes a place during a pause, and no other key pauses', async () => {
    await here.places.pause(key, MINUTE / 2);
    for (const lane of ['usual', 'upload', 'background'] as const) {
      for (const { places } of [here, there]) expect(await places.take(key, lane, limit)).toBeUndefined();
    }
    expect(await there.places.isPaused(key)).toBe(true);
    expect(await there.places.isPaused(hashOf('another'))).toBe(false);
    expect(await there.places.take(hashOf('another'), 'usual', limit)).toMatchObject({ place: 9, waitMs: 0 });
  });

  test('neither a shorter pause nor a release ends a pause early', async () => {
    const taken = (await here.places.take(key, 'usual', limit))!;
    await here.places.pause(key, MINUTE / 2);
    await there.places.pause(key, 1);
    await here.places.renew(key, taken);
    await here.places.release(key, taken, { ...limit, windowMs: 1 });
    await passTime();
    expect(await there.places.take(key, 'usual', limit)).toBeUndefined();
  });

  test('after a pause all places are free, but for those that are still held', async () => {
    const held = (await here.places.take(key, 'usual', limit))!;
    await there.places.pause(key, 1);
    await passTime();
    expect(await here.places.isPaused(key)).toBe(false);
    const free = await takeAll('usual');
    expect(free.map(({ place }) => place)).toEqual([8, 7, 6, 5, 4, 3, 2, 1, 0]);
    await here.places.release(key, held, limit);
    expect(await there.places.take(key, 'usual', limit)).toMatchObject({ place: held.place, token: held.token + 1 });
    await there.places.pause(key, MINUTE / 2);
    expect(await here.places.take(key, 'usual', limit)).toBeUndefined();
  });
});

describe.each(stores.filter(({ isConcurrent }) => isConcurrent))('locked leases on $kind', (kind) => {
  const current = kind.use();
  let here: TestStore;
  let there: TestStore;
  beforeEach(async () => {
    here = await current.open();
    there = await current.open();
  });
  const lease = async (name: string): Promise<LeaseClaim> => ({
    name,
    token: (await here.leases.take(name, 'a', MINUTE))!,
  });
  /** Whether `second` waits for a transaction that has checked `held`. */
  const waits = (held: LeaseClaim, second: () => Promise<unknown>) =>
    meanwhile({
      store: here.store,
      isWaiting: current.isWaiting,
      first: (tx) => tx.assertHeld(held),
      second,
      last: passTime,
    });

  test('a checked lease is neither taken nor renewed nor deleted before the end', async () => {
    const held = await lease('x');
    const { name, token } = held;
    expect(await waits(held, () => there.leases.take(name, 'b', MINUTE))).toBe(true);
    expect(await waits(held, () => there.leases.renew([token], 'a', MINUTE))).toBe(true);
    expect(await waits(held, () => there.store.transaction((tx) => tx.assertHeld(held)))).toBe(true);
    expect(await waits(held, () => there.leases.delete([token]))).toBe(true);
    await expect(here.store.transaction((tx) => tx.assertHeld(held))).rejects.toMatchObject({
      code: 'run_taken_over',
    });
  });

  test('nobody waits for a checked lease who does not touch it', async () => {
    const [held, another] = [await lease('x'), await lease('y')];
    const { token } = held;
    expect(await waits(held, () => there.leases.take('z', 'b', MINUTE))).toBe(false);
    expect(await waits(held, () => there.leases.renew([another.token], 'a', MINUTE))).toBe(false);
    expect(await waits(held, () => there.leases.renew([token], 'b', MINUTE))).toBe(false);
    expect(await waits(held, () => there.store.transaction((tx) => tx.assertHeld(another)))).toBe(false);
    expect(await waits(held, () => there.leases.delete([another.token]))).toBe(false);
    expect(await waits(held, () => there.store.runsWithoutWorker(9))).toBe(false);
  });

  /** What `second` does when a lease has expired after a transaction has locked it. @returns whether it waited */
  const afterExpiry = async (second: (token: number) => Promise<unknown>): Promise<boolean> => {
    await queueRun(here.store, 'r1');
    const hasExpired = async () => (await there.store.runsWithoutWorker(9)).length > 0;
    for (let ttlMs = 50; ; ttlMs *= 2) {
      const name = 'run:r1';
      const token = (await here.leases.take(name, 'a', ttlMs))!;
      try {
        return await meanwhile({
          store: here.store,
          isWaiting: current.isWaiting,
          first: async (tx) => {
            await tx.assertHeld({ name, token });
            await expect.poll(hasExpired, { interval: 5 }).toBe(true);
          },
          second: () => second(token),
          last: passTime,
        });
      } catch (error) {
        // The machine is slow: the lease had expired before it was locked.
        if ((error as { code?: string }).code !== 'run_taken_over') throw error;
      }
    }
  };

  test('an expired lease is not renewed, and nobody waits to find that out', async () => {
    const waited = await afterExpiry(async (token) =>
      expect(await there.leases.renew([token], 'a', MINUTE)).toEqual([]),
    );
    expect(waited).toBe(false);
  });

  test('who takes an expired lease waits for the transaction of its holder', async () => {
    let token: number | undefined;
    const waited = await afterExpiry(async () => {
      token = await there.leases.take('run:r1', 'b', MINUTE);
    });
    expect(waited).toBe(true);
    await here.store.transaction((tx) => tx.assertHeld({ name: 'run:r1', token: token! }));
  });

  test('the time of a lease begins with the request for it, and not when it is free', async () => {
    let token: number | undefined;
    await afterExpiry(async () => {
      token = await there.leases.take('run:r1', 'b', 1);
    });
    const late = here.store.transaction((tx) => tx.assertHeld({ name: 'run:r1', token: token! }));
    await expect(late).rejects.toMatchObject({ code: 'run_taken_over' });
  });

  test('the time of a renewal begins with the request for it, too', async () => {
    const held = await lease('x');
    await waits(held, async () => expect(await there.leases.renew([held.token], 'a', 1)).toEqual([held.token]));
    const late = here.store.transaction((tx) => tx.assertHeld(held));
    await expect(late).rejects.toMatchObject({ code: 'run_taken_over' });
  });
});
