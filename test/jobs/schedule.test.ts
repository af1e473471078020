import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DayOfWeek, dayOfWeek, type Schedule } from '../../src/domain/schedule/schedule.ts';
import { latestSlot, nextSlot, nextSlots } from '../../src/jobs/schedule.ts';

const daily = (time_of_day: string, timezone: string): Schedule => ({
  run_frequency: 'daily',
  time_of_day,
  timezone,
});
const weekly = (day_of_week: DayOfWeek, time_of_day: string, timezone: string): Schedule => ({
  run_frequency: 'weekly',
  day_of_week,
  time_of_day,
  timezone,
});
const monthly = (day_of_week: DayOfWeek, time_of_day: string, timezone: string): Schedule => ({
  run_frequency: 'monthly',
  day_of_week,
  time_of_day,
  timezone,
});

const custom = (timezone: string, ...cron_expressions: string[]): Schedule => ({
  run_frequency: 'custom',
  cron_expressions,
  timezone,
});

describe('the next slots', () => {
  test.each<[string, Schedule, string, string[]]>([
    [
      'daily, before and after the time of today',
      daily('09:00', 'Asia/Tokyo'),
      '2026-03-31T08:59:00+09:00',
      ['2026-03-31T00:00:00Z', '2026-04-01T00:00:00Z'],
    ],
    [
      'exactly at a slot: the next one',
      daily('09:00', 'Asia/Tokyo'),
      '2026-03-31T09:00:00+09:00',
      ['2026-04-01T00:00:00Z'],
    ],
    [
      'weekly over the end of a month in Tokyo, where the date is a day later than in UTC',
      weekly('sunday', '00:30', 'Asia/Tokyo'),
      '2026-01-26T00:00:00+09:00',
      ['2026-01-31T15:30:00Z', '2026-02-07T15:30:00Z'],
    ],
    [
      'monthly: the first Monday, also when it is the 1st or the 7th',
      monthly('monday', '23:59', 'Asia/Tokyo'),
      '2026-05-31T00:00:00+09:00',
      ['2026-06-01T14:59:00Z', '2026-07-06T14:59:00Z', '2026-08-03T14:59:00Z', '2026-09-07T14:59:00Z'],
    ],
    [
      'monthly over the end of the year',
      monthly('friday', '12:00', 'UTC'),
      '2026-12-04T12:00:00Z',
      ['2027-01-01T12:00:00Z', '2027-02-05T12:00:00Z'],
    ],
    [
      'monthly on 29 February',
      monthly('sunday', '12:00', 'Asia/Tokyo'),
      '2028-02-29T12:00:00+09:00',
      ['2028-03-05T03:00:00Z'],
    ],
    [
      'New York in spring: 02:30 does not exist, so 03:00 EDT; the day after, 02:30 EDT',
      daily('02:30', 'America/New_York'),
      '2026-03-07T12:00:00Z',
      ['2026-03-08T07:00:00Z', '2026-03-09T06:30:00Z'],
    ],
    [
      'New York in spring: 02:00 is the moment of the change, so 03:00 EDT',
      daily('02:00', 'America/New_York'),
      '2026-03-07T12:00:00Z',
      ['2026-03-08T07:00:00Z', '2026-03-09T06:00:00Z'],
    ],
    [
      'New York in spring: 03:00 exists, and the change does not double it',
      daily('03:00', 'America/New_York'),
      '2026-03-07T12:00:00Z',
      ['2026-03-08T07:00:00Z', '2026-03-09T07:00:00Z'],
    ],
    [
      'New York in autumn: 01:30 comes twice, so only the first (EDT)',
      daily('01:30', 'America/New_York'),
      '2026-10-31T12:00:00Z',
      ['2026-11-01T05:30:00Z', '2026-11-02T06:30:00Z'],
    ],
    [
      'New York in autumn, calculated between the two: the next day',
      daily('01:30', 'America/New_York'),
      '2026-11-01T05:45:00Z',
      ['2026-11-02T06:30:00Z'],
    ],
    [
      'a gap of half an hour (Lord Howe)',
      daily('02:15', 'Australia/Lord_Howe'),
      '2026-10-03T00:00:00Z',
      ['2026-10-03T15:30:00Z', '2026-10-04T15:15:00Z'],
    ],
    [
      'a midnight that does not exist (Cairo)',
      daily('00:00', 'Africa/Cairo'),
      '2026-04-23T12:00:00Z',
      ['2026-04-23T22:00:00Z', '2026-04-24T21:00:00Z'],
    ],
    [
      'a whole day that does not exist (Samoa, 30 December 2011): the first moment of the next day, and no slot twice',
      daily('00:00', 'Pacific/Apia'),
      '2011-12-29T11:00:00Z',
      ['2011-12-30T10:00:00Z', '2011-12-31T10:00:00Z'],
    ],
    [
      'custom: each working day in Tokyo, which has no clock changes',
      custom('Asia/Tokyo', '30 6 * * MON-FRI'),
      '2026-03-28T00:00:00+09:00',
      ['2026-03-29T21:30:00Z', '2026-03-30T21:30:00Z'],
    ],
    [
      'custom: exactly at a slot, and a millisecond before it',
      custom('UTC', '0 * * * *'),
      '2026-03-28T08:59:59.999Z',
      ['2026-03-28T09:00:00Z', '2026-03-28T10:00:00Z'],
    ],
    [
      'custom: several expressions in order; the time of two of them comes once',
      custom('UTC', '0 12 * * *', '0 9 1 * *', '0 9 * * SUN'),
      '2026-02-28T13:00:00Z',
      ['2026-03-01T09:00:00Z', '2026-03-01T12:00:00Z', '2026-03-02T12:00:00Z'],
    ],
    [
      'custom: the day of the month or the day of the week, as cron has it',
      custom('UTC', '0 9 1,15 * FRI'),
      '2026-02-10T00:00:00Z',
      ['2026-02-13T09:00:00Z', '2026-02-15T09:00:00Z', '2026-02-20T09:00:00Z'],
    ],
    [
      'custom: the last day of the month, in a leap year',
      custom('Asia/Tokyo', '0 9 L * *'),
      '2028-02-01T00:00:00+09:00',
      ['2028-02-29T00:00:00Z', '2028-03-31T00:00:00Z'],
    ],
    [
      'custom: 29 February',
      custom('UTC', '0 9 29 2 *'),
      '2026-01-01T00:00:00Z',
      ['2028-02-29T09:00:00Z', '2032-02-29T09:00:00Z'],
    ],
    [
      'custom, Berlin in spring: all times in the skipped hour become one, at 03:00',
      custom('Europe/Berlin', '*/15 1-3 * * *'),
      '2026-03-29T01:40:00+01:00',
      ['2026-03-29T00:45:00Z', '2026-03-29T01:00:00Z', '2026-03-29T01:15:00Z'],
    ],
    [
      'custom, Berlin in autumn: the repeated hour counts once, also for an expression of each hour',
      custom('Europe/Berlin', '30 * * * *'),
      '2026-10-25T01:45:00+02:00',
      ['2026-10-25T00:30:00Z', '2026-10-25T02:30:00Z'],
    ],
    [
      'custom, Berlin in autumn, calculated in the second of the two hours',
      custom('Europe/Berlin', '*/20 * * * *'),
      '2026-10-25T02:10:00+01:00',
      ['2026-10-25T02:00:00Z', '2026-10-25T02:20:00Z'],
    ],
    [
      'custom, New York in spring: 02:30 does not exist, so 03:00 EDT',
      custom('America/New_York', '30 2 * * SUN'),
      '2026-03-07T12:00:00Z',
      ['2026-03-08T07:00:00Z', '2026-03-15T06:30:00Z'],
    ],
    [
      'custom, New York in autumn: 01:30 comes twice, so only the first (EDT)',
      custom('America/New_York', '30 1 * * *'),
      '2026-10-31T12:00:00Z',
      ['2026-11-01T05:30:00Z', '2026-11-02T06:30:00Z'],
    ],
    [
      'custom, Samoa: the times of the day that does not exist become one, in the first moment of the next day',
      custom('Pacific/Apia', '0 6,18 * * *'),
      '2011-12-29T18:00:00-10:00',
      ['2011-12-30T10:00:00Z', '2011-12-30T16:00:00Z', '2011-12-31T04:00:00Z'],
    ],
  ])('%s', (_, schedule, after, expected) => {
    const slots = nextSlots(schedule, new Date(after), expected.length);
    expect(slots.map((slot) => slot.toISOString().replace('.000', ''))).toEqual(expected);
  });

  const zones = ['America/New_York', 'Asia/Tokyo', 'Europe/London', 'Australia/Lord_Howe', 'Africa/Casablanca', 'UTC'];
  const schedules = fc
    .record({
      run_frequency: fc.constantFrom('daily' as const, 'weekly' as const, 'monthly' as const),
      day_of_week: fc.constantFrom(...dayOfWeek.options),
      minutes: fc.integer({ min: 0, max: 1439 }),
      timezone: fc.constantFrom(...zones),
    })
    .map(({ minutes, ...rest }) => ({
      ...rest,
      time_of_day: `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`,
    }));
  const moments = fc.date({ min: new Date('2020-01-01'), max: new Date('2035-01-01'), noInvalidDate: true });
  const DAY = 86_400_000;
  const longest = { daily: DAY, weekly: 7 * DAY, monthly: 35 * DAY };

  test('for any schedule: a slot is strictly later, on the right day, and none is passed over', () => {
    fc.assert(
      fc.property(schedules, moments, (schedule, after) => {
        const slot = nextSlot(schedule, after);
        expect(slot.getTime()).toBeGreaterThan(after.getTime());
        // A clock change moves a slot by a few hours at most.
        expect(slot.getTime() - after.getTime()).toBeLessThanOrEqual(longest[schedule.run_frequency] + DAY / 4);
        // From any earlier time the answer is the same.
        const between = new Date((after.getTime() + slot.getTime()) / 2);
        expect(nextSlot(schedule, between)).toEqual(slot);
        const local = new Intl.DateTimeFormat('en-GB', {
          timeZone: schedule.timezone,
          weekday: 'long',
          day: 'numeric',
        }).formatToParts(slot);
        const part = (type: string) => local.find((p) => p.type === type)?.value ?? '';
        if (schedule.run_frequency !== 'daily') expect(part('weekday').toLowerCase()).toBe(schedule.day_of_week);
        if (schedule.run_frequency === 'monthly') expect(Number(part('day'))).toBeLessThanOrEqual(7);
      }),
      { numRuns: 300 },
    );
  });

  test('a custom schedule with the same times has the same slots', () => {
    fc.assert(
      fc.property(schedules, moments, (schedule, after) => {
        const [hour, minute] = schedule.time_of_day.split(':').map(Number);
        const day = { daily: '*', weekly: schedule.day_of_week, monthly: schedule.day_of_week }[
          schedule.run_frequency
        ].slice(0, 3);
        const expression = `${minute} ${hour} * * ${day}${schedule.run_frequency === 'monthly' ? '#1' : ''}`;
        const same = custom(schedule.timezone, expression);
        expect(nextSlots(same, after, 3)).toEqual(nextSlots(schedule, after, 3));
      }),
      { numRuns: 200 },
    );
  });

  test('there is one slot a day, week or month over a year of clock changes', () => {
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.integer({ min: 0, max: 47 }), (timezone, half) => {
        const time = `${String(Math.floor(half / 2)).padStart(2, '0')}:${half % 2 ? '30' : '00'}`;
        const slots = nextSlots(daily(time, timezone), new Date('2026-01-01T12:00:00Z'), 365);
        const date = new Intl.DateTimeFormat('en-CA', { timeZone: timezone });
        const days = new Set(slots.map((slot) => date.format(slot)));
        expect(days.size).toBe(365);
      }),
      { numRuns: 40 },
    );
  });
});

describe('missed slots', () => {
  const schedule = daily('09:00', 'Asia/Tokyo');
  const due = new Date('2026-03-01T00:00:00Z');

  test.each([
    ['exactly at its time', '2026-03-01T00:00:00Z', '2026-03-01T00:00:00Z', 0],
    ['a minute before the next', '2026-03-01T23:59:00Z', '2026-03-01T00:00:00Z', 0],
    ['after three days: only the latest', '2026-03-04T05:00:00Z', '2026-03-04T00:00:00Z', 3],
  ])('%s', (_, now, slot, missed) => {
    expect(latestSlot(schedule, due, new Date(now))).toEqual({ slot: new Date(slot), missed });
  });

  test('of a custom schedule, over a clock change', () => {
    const hourly = custom('Europe/Berlin', '0 * * * *');
    const before = new Date('2026-10-25T00:00:00+02:00');
    const after = new Date('2026-10-25T04:30:00+01:00');
    // 01:00, 02:00 (the first), 03:00, 04:00.
    expect(latestSlot(hourly, before, after)).toEqual({
      slot: new Date('2026-10-25T04:00:00+01:00'),
      missed: 4,
    });
  });
});
