import { describe, expect, test } from 'vitest';
import {
  endOf,
  isDue,
  MARGIN_DAYS,
  type NextSlot,
  plannedRenewal,
  RENEWING_DAYS,
  renewsBefore,
} from '../../../src/domain/audiences/renewal.ts';
import { successorName, successorsBeginWith } from '../../../src/domain/audiences/successor-name.ts';
import { lineAdsTraits } from '../../../src/domain/destinations/line-ads.ts';
import { lineOfficialAccountTraits } from '../../../src/domain/destinations/line-official-account.ts';
import { longestGapOf } from '../../../src/domain/schedule/longest-gap.ts';
import type { Schedule } from '../../../src/domain/schedule/schedule.ts';
import { nextSlot } from '../../../src/jobs/schedule.ts';

const DAY = 24 * 3_600_000;
const created = new Date('2026-01-05T03:00:00Z');
const day = (days: number) => new Date(created.getTime() + days * DAY);
const daysAfter = (date: Date) => Math.round((date.getTime() - created.getTime()) / DAY);
const end = day(180);

/** A slot every so many days, from the creation on. */
const every =
  (days: number): NonNullable<NextSlot> =>
  (after) =>
    day((Math.floor((after.getTime() - created.getTime()) / (days * DAY)) + 1) * days);

describe('a run renews an audience', () => {
  test.each([
    // Every day: the last run that has two weeks.
    [1, 166],
    [7, 161],
    // Another run must follow before the end.
    [28, 140],
    [30, 150],
    [35, 140],
    [60, 120],
    [70, 70],
    // Two more slots never come before the end, so each run after the first one renews.
    [100, 0],
    [200, 0],
  ])('of a schedule of every %i days on day %i', (gap, expected) => {
    const next = every(gap);
    const slots = Array.from({ length: Math.ceil(200 / gap) + 1 }, (_, n) => n * gap);
    const first = slots.find((slot) => renewsBefore(day(slot), next) > end);
    expect(first).toBe(expected);
    // It is told before, from any day on.
    for (const now of [0, 50, expected - 1])
      if (now >= 0 && now < expected) expect(daysAfter(plannedRenewal(end, day(now), next, gap))).toBe(expected);
  });

  test('without a schedule in the last 30 days', () => {
    expect(renewsBefore(day(149), null) > end).toBe(false);
    expect(renewsBefore(day(151), null) > end).toBe(true);
    expect(daysAfter(plannedRenewal(end, day(10), null))).toBe(180 - RENEWING_DAYS);
    expect(plannedRenewal(end, day(170), null)).toEqual(day(170));
  });

  test('at the next slot, when it is late already', () => {
    expect(daysAfter(plannedRenewal(end, day(175), every(7), 7))).toBe(182);
  });

  test.each<Schedule>([
    { run_frequency: 'monthly', day_of_week: 'monday', time_of_day: '02:30', timezone: 'America/New_York' },
    { run_frequency: 'custom', cron_expressions: ['*/15 * * * *'], timezone: 'Asia/Tokyo' },
    { run_frequency: 'custom', cron_expressions: ['0 4 L * *', '0 4 15 * *'], timezone: 'Asia/Taipei' },
  ])('of a real schedule with time to spare: %o', (schedule) => {
    const next: NextSlot = (after) => nextSlot(schedule, after);
    const planned = plannedRenewal(end, created, next, longestGapOf(schedule));
    const spare = (end.getTime() - planned.getTime()) / DAY;
    expect(spare).toBeGreaterThanOrEqual(MARGIN_DAYS);
    expect(spare).toBeLessThanOrEqual(MARGIN_DAYS + 2 * longestGapOf(schedule));
    expect(next(planned) < end).toBe(true);
    // The run before did not.
    expect(renewsBefore(new Date(planned.getTime() - 1), next) > end).toBe(false);
  });
});

test.each([
  ['its end is far', { endsAt: day(90) }, false],
  ['its end is near', { endsAt: day(50) }, true],
  ['it has ended, whatever was told', { endsAt: day(90), hasEnded: true }, true],
  ['nobody knows its end', { endsAt: null }, false],
  ['a run has begun', { endsAt: day(90), isBegun: true }, true],
  ['it was deleted before its end', { endsAt: day(50), isGone: true }, false],
  ['it was deleted after its end', { endsAt: day(9), isGone: true }, true],
  ['it was deleted, and nobody knows its end', { endsAt: null, isGone: true }, false],
  ['it was deleted after a run had begun', { endsAt: day(50), isGone: true, isBegun: true }, true],
])('whether to renew an audience: %s', (_, given, expected) => {
  const {
    endsAt,
    hasEnded = false,
    isGone = false,
    isBegun = false,
  } = given as {
    endsAt: Date | null;
    hasEnded?: boolean;
    isGone?: boolean;
    isBegun?: boolean;
  };
  const seen = { endsAt: endsAt?.toISOString() ?? null, hasEnded, isGone };
  expect(isDue(seen, { before: day(60).toISOString(), isBegun }, day(10))).toBe(expected);
});

test('the end follows from the creation, where audiences end', () => {
  expect(endOf(lineOfficialAccountTraits, created.toISOString())).toBe(end.toISOString());
  expect(endOf(lineOfficialAccountTraits, '')).toBeNull();
  expect(endOf(lineAdsTraits, created.toISOString())).toBeNull();
});

describe('the name of a successor', () => {
  test.each([
    ['VIP', [], 'VIP 2'],
    ['VIP', ['VIP', 'vip 2', 'VIP 4'], 'VIP 3'],
    ['Sale 2024', ['Sale 2024'], 'Sale 2024 2'],
    ['a'.repeat(120), [], `${'a'.repeat(118)} 2`],
    ['a'.repeat(120), [`${'A'.repeat(118)} 2`], `${'a'.repeat(118)} 3`],
    // No half of a character, and no space before the number.
    [`${'a'.repeat(116)} bcd`, [], `${'a'.repeat(116)} b 2`],
    [`${'a'.repeat(117)}👨‍👩‍👧`, [], `${'a'.repeat(117)} 2`],
    [`${'ก'.repeat(117)}กำ`, [], `${'ก'.repeat(117)} 2`],
  ])('of %s, beside %j', (name, taken, expected) => {
    const found = successorName(name, taken, 120);
    expect(found).toBe(expected);
    expect(found.length).toBeLessThanOrEqual(120);
    const all = successorsBeginWith(name, 120);
    expect(found.startsWith(all)).toBe(true);
  });
});
