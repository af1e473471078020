import { expect, test } from 'vitest';
import { jobConfiguration } from '../../src/domain/jobs/configuration.ts';
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

test('another field, type or number of further identifiers sends other lines', () => {
  const phone = { identifier_type: 'phone', id_field: 'phone', audience_name: 'VIP (phone)' } as const;
  const withSiblings = (...siblings: object[]) => jobConfiguration.parse({ ...withHoldOut(null), siblings });
  expect(sendsTheSame(withSiblings(phone), withSiblings(phone))).toBe(true);
  expect(sendsTheSame(withSiblings(phone), withSiblings({ ...phone, audience_name: 'Phones' }))).toBe(true);
  expect(sendsTheSame(withSiblings(phone), withSiblings())).toBe(false);
  expect(sendsTheSame(withSiblings(), withSiblings(phone))).toBe(false);
  expect(sendsTheSame(withSiblings(phone), withSiblings({ ...phone, id_field: 'mobile' }))).toBe(false);
  expect(sendsTheSame(withSiblings(phone), withSiblings({ ...phone, default_country: 'JP' }))).toBe(false);
});

test('hashing in the database does not send the same lines, because it may leave values out', () => {
  const plain = withHoldOut(null);
  const hashed = jobConfiguration.parse({ ...plain, hash_in_database: true });
  expect(sendsTheSame(hashed, { ...hashed })).toBe(true);
  expect(sendsTheSame(plain, hashed)).toBe(false);
  expect(sendsTheSame(hashed, plain)).toBe(false);
});
