import { expect, test } from 'vitest';
import { lineAdsTraits } from '../../../src/domain/destinations/line-ads.ts';
import { lyAdsTraits } from '../../../src/domain/destinations/ly-ads.ts';
import type { JobConfiguration } from '../../../src/domain/jobs/configuration.ts';
import { jobConfiguration } from '../../../src/domain/jobs/configuration.ts';
import { destinationProblems } from '../../../src/domain/jobs/destination-rules.ts';
import { job } from '../../support/examples.ts';

const configured = (change: Partial<JobConfiguration>): JobConfiguration =>
  jobConfiguration.parse({ ...job.configuration, ...change });

const rawOnly = {
  label: 'Other Ads',
  identifiers: { ifa: { audienceType: 'IFA', sent: ['raw'] } },
  name: { maxLength: 10 },
  sharing: [],
  leaving: { by: 'never' },
} as const;

test('LINE Ads takes what the schema allows', () => {
  expect(destinationProblems(lineAdsTraits, configured({}))).toEqual([]);
  expect(destinationProblems(lineAdsTraits, configured({ audience_name: 'x'.repeat(120) }))).toEqual([]);
});

test('another destination reports each problem at its key', () => {
  const sibling = {
    identifier_type: 'ifa',
    id_field: 'idfa',
    ifa_format: 'sha256',
    audience_name: 'A rather long name',
  };
  const configuration = configured({ identifier_type: 'email', audience_name: 'Short', siblings: [sibling as never] });
  expect(destinationProblems(rawOnly, configuration).map(({ path, message }) => [path, message])).toEqual([
    ['configuration.identifier_type', 'Other Ads does not take this type of identifier.'],
    [
      'configuration.siblings.0.ifa_format',
      'Other Ads takes advertising IDs only as they are. Choose the format “raw”.',
    ],
    ['configuration.siblings.0.audience_name', 'Use at most 10 characters.'],
  ]);
});

test('LY Ads needs the days of members, and what advertising ids are', () => {
  const ids = { identifier_type: 'ifa', id_field: 'idfa', ifa_format: 'raw', ifa_kind: 'idfa' } as const;
  const problems = (change: Partial<JobConfiguration>) =>
    destinationProblems(lyAdsTraits, configured(change)).map(({ path }) => path);
  expect(problems({})).toEqual(['configuration.member_days']);
  expect(problems({ member_days: 30 })).toEqual([]);
  expect(problems({ member_days: 30, audience_name: '名'.repeat(128) })).toEqual([]);
  expect(problems({ ...ids, member_days: 180 })).toEqual([]);
  expect(problems({ ...ids, member_days: 180, ifa_kind: undefined })).toEqual(['configuration.ifa_kind']);
  expect(problems({ ...ids, member_days: 180, ifa_format: 'sha256' })).toEqual(['configuration.ifa_format']);
});

test('LINE Ads and LY Ads take no LINE user IDs', () => {
  const change = { identifier_type: 'line_user_id', id_field: 'uid' } as const;
  for (const [traits, others] of [[lineAdsTraits, {}] as const, [lyAdsTraits, { member_days: 30 }] as const]) {
    expect(destinationProblems(traits, configured({ ...change, ...others }))).toMatchObject([
      {
        path: 'configuration.identifier_type',
        message: `${traits.label} does not take this type of identifier.`,
      },
    ]);
  }
});

test('LINE Ads has neither days nor kinds', () => {
  const change = { identifier_type: 'ifa', id_field: 'idfa', ifa_kind: 'aaid', member_days: 30 } as const;
  expect(destinationProblems(lineAdsTraits, configured(change)).map(({ path }) => path)).toEqual([
    'configuration.ifa_kind',
    'configuration.member_days',
  ]);
});

test.each([
  [['email', 'phone'], []],
  [['email', 'ifa'], ['configuration.siblings.0.shares']],
  [[], ['configuration.siblings.0.shares']],
] as const)('two identifiers share an audience where a destination takes %j together', (sharing, paths) => {
  const sibling = { identifier_type: 'phone', id_field: 'tel', shares: true };
  const configuration = configured({ siblings: [sibling as never] });
  const found = destinationProblems({ ...lineAdsTraits, sharing }, configuration);
  expect(found.map(({ path }) => path)).toEqual(paths);
});
