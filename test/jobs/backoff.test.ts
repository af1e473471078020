import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextTry } from '../../src/jobs/schedule.ts';

const MINUTE = 60_000;
const at = (minutes: number): Date => new Date(Date.UTC(2026, 0, 1) + minutes * MINUTE);

test('waits 1, 2, 4, 8 … minutes, then tries a last time at the limit', () => {
  const tries: number[] = [];
  let now = at(0);
  for (let count = 1; ; count += 1) {
    const next = nextTry({ count, since: at(0) }, now, 60 * MINUTE);
    if (!next) break;
    tries.push((next.getTime() - at(0).getTime()) / MINUTE);
    now = next;
  }
  expect(tries).toEqual([1, 3, 7, 15, 31, 60]);
});

test('the time of long runs counts too', () => {
  expect(nextTry({ count: 2, since: at(0) }, at(59), 60 * MINUTE)).toEqual(at(60));
  expect(nextTry({ count: 2, since: at(0) }, at(60), 60 * MINUTE)).toBeUndefined();
});

test('a clock that jumps back does not end the tries early, and does not let them continue forever', () => {
  expect(nextTry({ count: 1, since: at(500) }, at(0), 60 * MINUTE)).toEqual(at(1));
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -5000, max: 5 }), { minLength: 20, maxLength: 20 }), (jumps) => {
      let now = at(0);
      const ends = jumps.findIndex((jump, index) => {
        const next = nextTry({ count: index + 1, since: at(0) }, now, 240 * MINUTE);
        if (next) expect(next.getTime()).toBeGreaterThan(now.getTime());
        if (next) expect(next.getTime() - now.getTime()).toBeLessThanOrEqual(240 * MINUTE);
        now = new Date(now.getTime() + jump * MINUTE);
        return next === undefined;
      });
      expect(ends).toBeGreaterThan(0);
    }),
  );
});
