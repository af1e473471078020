import { expect, test } from 'vitest';
import { jobConfiguration } from '../../src/contracts/job-configuration.ts';
import { sendsTheSame } from '../../src/jobs/edit.ts';

const withHoldOut = (hold_out: { share: number; experiment: string } | null) =>
  jobConfiguration.parse({
    segment_id: 'vip.csv',
    adaccount_id: 'A1',
    audience_name: 'VIP',
    identifier_type: 'email',
    continuous_update: false,
    hold_out,
  });

test('another hold-out sends other members, so a run of the one cannot complete for the other', () => {
  const spring = withHoldOut({ share: 10, experiment: 'spring' });
  expect(sendsTheSame(spring, withHoldOut({ share: 10, experiment: 'spring' }))).toBe(true);
  expect(sendsTheSame(spring, withHoldOut({ share: 11, experiment: 'spring' }))).toBe(false);
  expect(sendsTheSame(spring, withHoldOut({ share: 10, experiment: 'Spring' }))).toBe(false);
  expect(sendsTheSame(spring, withHoldOut(null))).toBe(false);
});
