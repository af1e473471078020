import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { lineAdsTraits } from '../../../src/domain/destinations/line-ads.ts';
import type { RequestLane, RequestLimit } from '../../../src/domain/destinations/traits.ts';
import { systemClock } from '../../../src/machine/system-clock.ts';
import { LONGEST_HOLD_MS } from '../../../src/store/coordination/request-turns.ts';
import { FileLimits } from '../../../src/store/data-directory/file-limits.ts';
import { directoryOfTest } from '../../support/directory.ts';

/** A clock that jumps to the end of each sleep. */
function ownedClock() {
  let time = 1_000_000;
  let errorMs = 0;
  return {
    now: () => new Date(time + errorMs),
    monotonic: () => time,
    every: () => () => {},
    sleep: async (ms: number, signal?: AbortSignal) => {
      signal?.throwIfAborted();
      time += ms;
    },
    set: (ms: number) => {
      errorMs += ms;
    },
  };
}

const path = () => directoryOfTest('limits');
/** The limits of another process. */
const open = (directory: string, clock: ConstructorParameters<typeof FileLimits>[1], limit?: RequestLimit) => {
  const limits = new FileLimits(directory, clock, Math.random);
  onTestFinished(() => limits.close());
  return {
    acquire: (key: string, signal?: AbortSignal, lane?: RequestLane) =>
      limits.rate({ key, limit: limit ?? lineAdsTraits.limits.requests, pauses: true }).acquire(signal, lane),
    pause: (key: string, ms: number) => limits.pause(key, ms),
  };
};

/** The largest number of moments within any one second. */
const densest = (moments: readonly number[]) =>
  Math.max(...moments.map((start) => moments.filter((at) => at >= start && at < start + 1_000).length));

test('no eleven requests arrive within a second, from the handles of two processes, however long each one travels', {
  timeout: 30_000,
}, async () => {
  const file = path();
  const handles = [open(file, systemClock), open(file, systemClock)];
  const arrived: number[] = [];
  const ways = [450, 300, 20, 0, 120, 0];
  const request = async (n: number) => {
    const release = await handles[n % 2]!.acquire('key');
    await delay(ways[n % ways.length]);
    arrived.push(performance.now());
    await delay(ways[n % ways.length]! / 10);
    release();
  };
  await Promise.all(Array.from({ length: 22 }, (_, n) => request(n)));
  expect(densest(arrived)).toBeLessThanOrEqual(10);
});

test('requests one after another go at once, until ten have been answered within a second', async () => {
  const clock = ownedClock();
  const rate = open(path(), clock);
  const before = clock.now().getTime();
  for (let n = 0; n < 10; n++) (await rate.acquire('key'))();
  expect(clock.now().getTime()).toBe(before);
  (await rate.acquire('key'))();
  expect(clock.now().getTime()).toBe(before + 1_010);
});

test('keys do not wait for each other', async () => {
  const clock = ownedClock();
  const rate = open(path(), clock);
  for (let n = 0; n < 10; n++) await rate.acquire('one');
  const before = clock.now().getTime();
  await rate.acquire('two');
  expect(clock.now().getTime()).toBe(before);
});

test('the places of a dead process are kept for a short time', async () => {
  const clock = ownedClock();
  const [file, before] = [path(), clock.now().getTime()];
  const dead = open(file, clock);
  for (let n = 0; n < 10; n++) await dead.acquire('key');
  await open(file, clock).acquire('key');
  const waited = clock.now().getTime() - before;
  expect(waited).toBeGreaterThan(15_000);
  expect(waited).toBeLessThan(25_000);
});

test.each<[RequestLane, number]>([
  ['upload', 5],
  ['background', 3],
])('the lane %s leaves places for the others', async (lane, most) => {
  const clock = ownedClock();
  const rate = open(path(), clock);
  for (let n = 0; n < most; n++) await rate.acquire('key', undefined, lane);
  const before = clock.now().getTime();
  await rate.acquire('key');
  await rate.acquire('key', undefined, lane === 'upload' ? 'background' : 'upload');
  expect(clock.now().getTime()).toBe(before);
  await rate.acquire('key', undefined, lane);
  expect(clock.now().getTime()).toBeGreaterThan(before);
});

test('a clock set back by an hour does not stop the requests for an hour', async () => {
  const clock = ownedClock();
  const rate = open(path(), clock);
  for (let n = 0; n < 20; n++) (await rate.acquire('key'))();
  clock.set(-3_600_000);
  const before = clock.now().getTime();
  await rate.acquire('key');
  expect(clock.now().getTime() - before).toBeLessThan(2_000);
});

test('an aborted request leaves its place to the next', async () => {
  const rate = open(path(), ownedClock());
  await expect(rate.acquire('key', AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop');
  (await rate.acquire('key'))();
});

test('a limit of five in ten seconds is kept', async () => {
  const clock = ownedClock();
  const lanes = { usual: [0, 5], upload: [1, 4], background: [0, 1] } as const;
  const rate = open(path(), clock, { places: 5, windowMs: 10_010, lanes });
  const before = clock.now().getTime();
  for (let n = 0; n < 5; n++) (await rate.acquire('key'))();
  expect(clock.now().getTime()).toBe(before);
  (await rate.acquire('key'))();
  expect(clock.now().getTime()).toBe(before + 10_010);
  // Who waits for the end of a window holds its place for longer than a window.
  await expect(open(path(), clock, { places: 5, windowMs: 20_001, lanes }).acquire('key')).rejects.toThrow(
    'A window of 20001 ms is too long.',
  );
});

test('all processes pause, and also the request that has its place already', async () => {
  const clock = ownedClock();
  const directory = path();
  const [asleep, mayWake] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const sleep = async (ms: number, signal?: AbortSignal) => {
    asleep.resolve();
    await mayWake.promise;
    await clock.sleep(ms, signal);
  };
  const [rate, other] = [open(directory, { ...clock, sleep }), open(directory, clock)];
  for (let n = 0; n < 10; n++) (await rate.acquire('key'))();
  const next = rate.acquire('key');
  await asleep.promise;
  const before = clock.now().getTime();
  await other.pause('key', 30_000);
  mayWake.resolve();
  await next;
  expect(clock.now().getTime() - before).toBeGreaterThanOrEqual(30_000);
  await rate.pause('key', 30_000);
  await other.acquire('key');
  expect(clock.now().getTime() - before).toBeGreaterThanOrEqual(60_000);
  expect(clock.now().getTime() - before).toBeLessThan(61_000);
});

test('no pause is longer than a place may be held', async () => {
  const clock = ownedClock();
  const [rate, before] = [open(path(), clock), clock.now().getTime()];
  await rate.pause('key', 3_600_000);
  await rate.acquire('key');
  expect(clock.now().getTime() - before).toBeGreaterThanOrEqual(LONGEST_HOLD_MS);
  expect(clock.now().getTime() - before).toBeLessThan(LONGEST_HOLD_MS + 1_000);
});

test('a clock set back by an hour ends a pause', async () => {
  const clock = ownedClock();
  const rate = open(path(), clock);
  await rate.pause('key', 30_000);
  clock.set(-3_600_000);
  const before = clock.now().getTime();
  (await rate.acquire('key'))();
  expect(clock.now().getTime()).toBe(before);
  await rate.pause('key', 1_000);
  await rate.acquire('key');
  expect(clock.now().getTime() - before).toBeGreaterThanOrEqual(1_000);
  expect(clock.now().getTime() - before).toBeLessThan(2_000);
});
