import { describe, expect, it } from 'vitest';
import { SlidingWindowLimiter } from '../../src/line-ads/index.ts';
import { sharedLimiter } from '../../src/line-ads/limiter.ts';

/** A clock whose sleepers wake in order as it is moved on. */
function ownedClock() {
  let time = 0;
  const sleepers: { until: number; wake: () => void }[] = [];
  return {
    now: () => time,
    sleep: (ms: number) => new Promise<void>((wake) => sleepers.push({ until: time + ms, wake })),
    async advanceTo(target: number) {
      for (;;) {
        await new Promise(setImmediate);
        sleepers.sort((a, b) => a.until - b.until);
        const next = sleepers[0];
        if (next === undefined || next.until > target) break;
        sleepers.shift();
        time = next.until;
        next.wake();
      }
      time = target;
    },
  };
}

/** The largest number of times within any one window. */
function densest(times: number[], windowMs: number): number {
  return Math.max(...times.map((from) => times.filter((t) => t >= from && t < from + windowMs).length));
}

describe('SlidingWindowLimiter', () => {
  it('lets ten pass at once, and never more than ten in any one second', async () => {
    const clock = ownedClock();
    const limiter = new SlidingWindowLimiter({ now: clock.now, sleep: clock.sleep });
    const times: number[] = [];
    const request = async () => {
      await limiter.acquire();
      times.push(clock.now());
    };
    const all = Array.from({ length: 35 }, request);
    await clock.advanceTo(500);
    expect(times).toHaveLength(10);
    await clock.advanceTo(10_000);
    // A calm while, then requests that straddle the boundary of any fixed window.
    await clock.advanceTo(20_900);
    all.push(...Array.from({ length: 8 }, request));
    await clock.advanceTo(21_050);
    all.push(...Array.from({ length: 8 }, request));
    await clock.advanceTo(40_000);
    await Promise.all(all);
    expect(times).toHaveLength(51);
    expect(densest(times, 1_000)).toBe(10);
    expect(times.slice(0, 35).at(-1)).toBe(3_600);
  });

  it('serves in the order of asking', async () => {
    const clock = ownedClock();
    const limiter = new SlidingWindowLimiter({ requests: 1, now: clock.now, sleep: clock.sleep });
    const order: number[] = [];
    const all = [0, 1, 2, 3].map((n) => limiter.acquire().then(() => order.push(n)));
    await clock.advanceTo(10_000);
    await Promise.all(all);
    expect(order).toEqual([0, 1, 2, 3]);
  });

  it('lets go of a caller that aborts, before and while it waits', async () => {
    const limiter = new SlidingWindowLimiter({ requests: 1, windowMs: 3_600_000 });
    await limiter.acquire();
    const controller = new AbortController();
    const waiting = limiter.acquire(controller.signal);
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    await expect(limiter.acquire(controller.signal)).rejects.toThrow('enough');
  });

  it('is one for each access key of the process', () => {
    expect(sharedLimiter('KEY1')).toBe(sharedLimiter('KEY1'));
    expect(sharedLimiter('KEY1')).not.toBe(sharedLimiter('KEY2'));
  });
});

it.each([
  [{ requests: 0 }, /Expected requests to be an integer from 1 .* got 0/],
  [{ windowMs: Number.NaN }, /Expected windowMs to be an integer from 0 .* got NaN/],
])('refuses %o', (options, message) => {
  const make = () => new SlidingWindowLimiter(options);
  expect(make).toThrow(TypeError);
  expect(make).toThrow(message);
});
