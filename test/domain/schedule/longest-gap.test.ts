import { expect, test } from 'vitest';
import { longestGapOf } from '../../../src/domain/schedule/longest-gap.ts';
import type { Schedule } from '../../../src/domain/schedule/schedule.ts';

const at = { time_of_day: '09:00', timezone: 'Asia/Tokyo' } as const;
const cron = (...cron_expressions: string[]): Schedule => ({
  run_frequency: 'custom',
  cron_expressions,
  timezone: 'Asia/Tokyo',
});

test.each<[string, Schedule, number]>([
  ['every day', { run_frequency: 'daily', ...at }, 1],
  ['every week', { run_frequency: 'weekly', day_of_week: 'monday', ...at }, 7],
  ['every month, on its first Monday', { run_frequency: 'monthly', day_of_week: 'monday', ...at }, 35],
  ['from Monday to Friday', cron('0 9 * * 1-5'), 3],
  ['from Monday to Friday, and on Sunday evening', cron('0 9 * * 1-5', '0 21 * * 0'), 3],
  ['several times a day', cron('0,30 * * * *'), 1],
  ['on the last day of the month', cron('0 9 L * *'), 31],
  ['on the 31st', cron('0 9 31 * *'), 61],
  ['twice a month', cron('0 9 1,15 * *'), 17],
  ['once a year', cron('0 9 1 1 *'), 366],
  ['on 29 February', cron('0 9 29 2 *'), 1_461],
  ['at noon and at midnight of the next day', cron('0 12 * * 1', '0 0 * * 2'), 7],
])('the longest time between two runs, %s', (_, schedule, days) => {
  expect(longestGapOf(schedule)).toBe(days);
});
