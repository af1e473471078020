import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { REQUEST_WINDOW_MS, type RequestLane } from '../../../src/contracts/line-limits.ts';
import { hashOf, type TakenPlace } from '../../../src/store/coordination/request-turns.ts';
import { stores, type TestStore } from '../../support/stores.ts';

const MINUTE = 60_000;
const key = hashOf('key');

describe.each(stores)('coordination on $kind', (kind) => {
  const its = kind.use();
  let here: TestStore;
  let there: TestStore;
  beforeEach(async () => {
    here = await its.open();
    there = await its.open();
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

  const takeAll = async (lane: RequestLane): Promise<TakenPlace[]> => {
    const taken: TakenPlace[] = [];
    for (let next = await here.places.take(key, lane); next; next = await here.places.take(key, lane)) {
      taken.push(next);
    }
    return taken;
  };

  test('each lane has its places, from the last to the first', async () => {
    const places = async (lane: RequestLane) => (await takeAll(lane)).map(({ place }) => place);
    expect(await places('upload')).toEqual([7, 6, 5, 4, 3]);
    expect(await places('background')).toEqual([2, 1, 0]);
    expect(await places('usual')).toEqual([9, 8]);
    expect(await there.places.take(key, 'usual')).toBeUndefined();
    expect(await there.places.take(hashOf('another'), 'usual')).toMatchObject({ place: 9, waitMs: 0 });
  });

  test('a released place is free after the window, and its former holder cannot touch it', async () => {
    const taken = await takeAll('usual');
    expect(taken.every(({ waitMs }) => waitMs === 0)).toBe(true);
    const [former] = taken;
    await here.places.renew(key, former!);
    await here.places.release(key, former!);
    const next = (await there.places.take(key, 'usual'))!;
    expect(next).toMatchObject({ place: former!.place, token: former!.token + 1 });
    expect(next.waitMs).toBeGreaterThan(0);
    expect(next.waitMs).toBeLessThanOrEqual(REQUEST_WINDOW_MS);
    await here.places.release(key, former!);
    expect(await here.places.take(key, 'usual')).toBeUndefined();
  });
});
