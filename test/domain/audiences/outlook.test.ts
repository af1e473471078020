import { expect, test } from 'vitest';
import { firstEmpty, heldAt, outlookDays, outlookMoments } from '../../../src/domain/audiences/outlook.ts';

const DAY = 24 * 3_600_000;
const on = (day: number, members = 1_000) => ({ at: day * DAY, members });
const week = { from: 0, until: 7 * DAY };

test('who was sent stays for the days, and leaves at their end', () => {
  const held = outlookMoments(0, 4).map((at) => heldAt([on(0)], 3, at));
  expect(held).toEqual([1_000, 1_000, 1_000, 0, 0]);
});

test('of several runs whose days have not passed, the largest counts', () => {
  const runs = [on(0, 900), on(1, 1_000), on(2, 50)];
  expect([0, 1, 2, 3, 4, 5].map((day) => heldAt(runs, 3, day * DAY))).toEqual([900, 1_000, 1_000, 1_000, 50, 0]);
});

test.each([
  ['no run at all', [], 0],
  ['one run of three days', [on(0)], 3],
  ['a run before, whose days go on', [on(-1)], 2],
  ['a run each second day', [on(0), on(2), on(4), on(6)], undefined],
  ['a gap of four days', [on(0), on(4)], 3],
  ['a run at the moment when the others leave', [on(0), on(3)], 6],
  ['a run that sent nobody', [on(0), on(2, 0)], 3],
] as const)('the list is empty first, after %s', (_, runs, day) => {
  expect(firstEmpty(runs, 3, week)).toBe(day === undefined ? undefined : day * DAY);
});

test('it shows weeks, until everybody has left, and never more than half a year', () => {
  expect([1, 30, 90, 180].map(outlookDays)).toEqual([56, 56, 104, 182]);
});
