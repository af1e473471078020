import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Lane, LineAdsClient, RequestLimiter } from '../src/index.ts';
import { sharedLimiter, slotsOf } from '../src/limiter.ts';

/** A clock that the test moves. Sleepers wake in order. */
function testClock() {
  let time = 0;
  const sleepers: { until: number; wake: () => void }[] = [];
  const sleep = (ms: number) => new Promise<void>((wake) => void sleepers.push({ until: time + ms, wake }));
  return {
    now: () => time,
    sleep,
    async advanceTo(target: number) {
      for (;;) {
        for (let turn = 0; turn < 4; turn++) await new Promise(setImmediate);
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

/** A limiter on a test clock, and requests that take time in both directions. */
function bench(requests = 10) {
  const clock = testClock();
  const limiter = new RequestLimiter({ requests, windowMs: 1_000, now: clock.now, sleep: clock.sleep });
  const sent: number[] = [];
  const arrived: number[] = [];
  const request = async (lane: Lane = 'usual', there = 0, back = 0) => {
    const release = await limiter.acquire(undefined, lane);
    sent.push(clock.now());
    await clock.sleep(there);
    arrived.push(clock.now());
    await clock.sleep(back);
    release();
  };
  return { clock, limiter, sent, arrived, request };
}

describe('RequestLimiter', () => {
  it('lets ten requests go at once, and the next one second after an answer', async () => {
    const { clock, sent, request } = bench();
    const all = Array.from({ length: 35 }, () => request('usual', 20, 30));
    await clock.advanceTo(1_049);
    expect(sent).toHaveLength(10);
    await clock.advanceTo(1_050);
    expect(sent).toHaveLength(20);
    await clock.advanceTo(40_000);
    await Promise.all(all);
    expect(sent.at(-1)).toBe(3_150);
  });

  it('never lets eleven arrive within a second, however long each one travels', async () => {
    const { clock, arrived, request } = bench();
    // Slow requests first, then fast ones. If requests counted only from their sending, a fast one could overtake.
    const ways = Array.from({ length: 60 }, (_, n) => [900, 700, 400, 5, 0, 250][n % 6]!);
    const all = ways.map((way) => request('usual', way, (way * 7) % 90));
    await clock.advanceTo(60_000);
    await Promise.all(all);
    expect(arrived).toHaveLength(60);
    expect(densest(arrived, 1_000)).toBeLessThanOrEqual(10);
  });

  it('serves callers in their order', async () => {
    const { clock, limiter } = bench(1);
    const order: number[] = [];
    const all = [0, 1, 2, 3].map(async (n) => {
      const release = await limiter.acquire();
      order.push(n);
      release();
    });
    await clock.advanceTo(10_000);
    await Promise.all(all);
    expect(order).toEqual([0, 1, 2, 3]);
  });

  it('leaves places beside long uploads and many background requests, and lets normal requests go first', async () => {
    const { clock, sent, request } = bench();
    const all = [
      ...Array.from({ length: 8 }, () => request('upload', 300_000)),
      ...Array.from({ length: 40 }, () => request('background', 50)),
    ];
    await clock.advanceTo(0);
    expect(sent).toHaveLength(5 + 3);
    // A user acts: two places are free, and then those of the background requests, before any further background
    // request.
    all.push(request(), request(), request());
    await clock.advanceTo(0);
    expect(sent).toHaveLength(10);
    const before = clock.now();
    await clock.advanceTo(20_000);
    // Background requests continue, three a second, each with the time of its answer.
    expect(sent.length - 10).toBeGreaterThan(36);
    expect(clock.now() - before).toBe(20_000);
    await clock.advanceTo(1_000_000);
    await Promise.all(all);
    expect(sent).toHaveLength(51);
  });

  it('forgets a caller that aborts, before and while it waits, and serves the next', async () => {
    const { clock, limiter } = bench(1);
    const release = await limiter.acquire();
    const controller = new AbortController();
    const waiting = limiter.acquire(controller.signal);
    const next = limiter.acquire();
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await expect(limiter.acquire(controller.signal)).rejects.toThrow('enough');
    release();
    release();
    await clock.advanceTo(1_000);
    (await next)();
  });

  it('is shared by all clients with the same access key in the process', () => {
    expect(sharedLimiter('KEY1')).toBe(sharedLimiter('KEY1'));
    expect(sharedLimiter('KEY1')).not.toBe(sharedLimiter('KEY2'));
  });
});

describe('the places of a lane', () => {
  it.each([1, 2, 3, 5, 10, 100])('of %i places are at least one, and separate from three places on', (all) => {
    const [background, uploads] = [slotsOf('background', all), slotsOf('upload', all)];
    for (const [from, to] of [background, uploads]) {
      expect(from).toBeGreaterThanOrEqual(0);
      expect(to).toBeGreaterThan(from);
      expect(to).toBeLessThanOrEqual(all);
    }
    if (all > 1) expect(uploads[0]).toBeGreaterThanOrEqual(background[1]);
  });
});

it('lets at most ten a second arrive at LINE over a network with random delays', {
  timeout: 30_000,
}, async () => {
  const arrived: number[] = [];
  const server = createServer((_, response) => {
    arrived.push(performance.now());
    response.end('{"jobs":[]}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const ways = [450, 300, 20, 0, 120, 0];
  let n = 0;
  const client = new LineAdsClient({
    accessKey: `KEY${Math.random()}`,
    secretKey: 'an-invented-key',
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`,
    fetch: async (...request) => {
      await delay(ways[n++ % ways.length]);
      const answer = await fetch(...request);
      await delay(ways[n % ways.length]! / 10);
      return answer;
    },
  });
  await Promise.all(Array.from({ length: 22 }, () => client.customAudiences.uploadJobs('A1', '1')));
  expect(arrived).toHaveLength(22);
  expect(densest(arrived, 1_000)).toBeLessThanOrEqual(10);
});

it.each([
  [{ requests: 0 }, /Expected requests to be an integer from 1 .* got 0/],
  [{ windowMs: Number.NaN }, /Expected windowMs to be an integer from 0 .* got NaN/],
])('refuses %o', (options, message) => {
  const make = () => new RequestLimiter(options);
  expect(make).toThrow(TypeError);
  expect(make).toThrow(message);
});
