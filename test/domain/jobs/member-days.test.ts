import { expect, test } from 'vitest';
import { lineAdsTraits } from '../../../src/domain/destinations/line-ads.ts';
import { lyAdsTraits } from '../../../src/domain/destinations/ly-ads.ts';
import { type JobConfiguration, jobConfiguration } from '../../../src/domain/jobs/configuration.ts';
import { configurationWarnings } from '../../../src/domain/jobs/member-days.ts';
import { job } from '../../support/examples.ts';

const scheduled = (change: Partial<JobConfiguration>): JobConfiguration =>
  jobConfiguration.parse({
    ...job.configuration,
    run_frequency: 'weekly',
    day_of_week: 'monday',
    time_of_day: '09:00',
    timezone: 'Asia/Tokyo',
    ...change,
  });
const warnings = (change: Partial<JobConfiguration>) =>
  configurationWarnings(lyAdsTraits, scheduled(change)).map(({ path, message }) => [path, message]);

test('days are enough for a run that comes three days late', () => {
  expect(warnings({ member_days: 10 })).toEqual([]);
  expect(warnings({ member_days: 9 })).toEqual([
    [
      'configuration.member_days',
      'Members leave after 9 days, and 7 days may pass between two runs. A run that is late or fails empties the audience. Use at least 10 days, or let it run more often.',
    ],
  ]);
  expect(warnings({ member_days: 6 })[0]?.[1]).toContain('Then the audience is empty in between.');
});

test('a schedule that no days are enough for must change', () => {
  const yearly = {
    run_frequency: 'custom',
    cron_expressions: ['0 9 1 1 *'],
    day_of_week: null,
    time_of_day: null,
  } as const;
  expect(warnings({ ...yearly, cron_expressions: [...yearly.cron_expressions], member_days: 180 })[0]?.[1]).toMatch(
    /Let it run more often\.$/,
  );
});

test('a job that runs once, and one whose members do not leave by age, have nothing to compare', () => {
  const once = { continuous_update: false, run_frequency: null, day_of_week: null, time_of_day: null, timezone: null };
  expect(warnings({ ...once, member_days: 1 })).toEqual([]);
  expect(configurationWarnings(lineAdsTraits, scheduled({ member_days: 1 }))).toEqual([]);
});
