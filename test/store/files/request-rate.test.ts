import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { RequestRate } from '../../../src/store/files/request-rate.ts';

/** A clock that jumps to where somebody sleeps, and notes when each request would leave. */
function ownedClock() {
  let time = 1_000_000;
  return {
    now: () => new Date(time),
    sleep: async (ms: number) => {
      time += ms;
    },
    set: (value: number) => {
      time = value;
    },
  };
}

const path = () => join(mkdtempSync(join(tmpdir(), 'lineup-rate-')), 'requests.db');

/** The largest number of moments within any one second. */
const densest = (moments: readonly number[]) =>
  Math.max(...moments.map((start) => moments.filter((at) => at >= start && at < start + 1_000).length));

test('never more than ten in any second, over two processes’ worth of handles', async () => {
  const clock = ownedClock();
  const file = path();
  const handles = [new RequestRate(file, clock), new RequestRate(file, clock)];
  const left: number[] = [];
  for (let n = 0; n < 57; n++) {
    await handles[n % 2]!.acquire('key');
    left.push(clock.now().getTime());
  }
  expect(densest(left)).toBe(10);
  for (const handle of handles) handle.close();
});

test('keys do not wait for one another', async () => {
  const clock = ownedClock();
  const rate = new RequestRate(path(), clock);
  for (let n = 0; n < 10; n++) await rate.acquire('one');
  const before = clock.now().getTime();
  await rate.acquire('two');
  expect(clock.now().getTime()).toBe(before);
  rate.close();
});

test('a clock set back by an hour does not stop the requests for an hour', async () => {
  const clock = ownedClock();
  const rate = new RequestRate(path(), clock);
  for (let n = 0; n < 20; n++) await rate.acquire('key');
  clock.set(clock.now().getTime() - 3_600_000);
  const before = clock.now().getTime();
  await rate.acquire('key');
  expect(clock.now().getTime() - before).toBeLessThan(2_000);
  rate.close();
});
