import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import type { RequestLane } from '../../../src/domain/destinations/traits.ts';
import { systemClock } from '../../../src/machine/system-clock.ts';
import { type RateClock, RequestRate } from '../../../src/store/data-directory/file-limits.ts';
import { directoryOfTest } from '../../support/directory.ts';

/** A clock that jumps to the end of each sleep. */
function ownedClock() {
  let time = 1_000_000;
  return {
    now: () => new Date(time),
    monotonic: () => time,
    every: () => () => {},
    sleep: async (ms: number, signal?: AbortSignal) => {
      signal?.throwIfAborted();
      time += ms;
    },
    advance: (ms: number) => {
      time += ms;
    },
  };
}

const path = () => join(directoryOfTest('rate'), 'requests.db');
const open = (file: string, clock: RateClock) => {
  const rate = new RequestRate(file, clock, Math.random);
  onTestFinished(() => rate.close());
  return rate;
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
  clock.advance(-3_600_000);
  const before = clock.now().getTime();
  await rate.acquire('key');
  expect(clock.now().getTime() - before).toBeLessThan(2_000);
});

test('an aborted request leaves its place to the next', async () => {
  const rate = open(path(), ownedClock());
  await expect(rate.acquire('key', AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop');
  (await rate.acquire('key'))();
});
