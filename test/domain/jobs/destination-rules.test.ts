import { expect, test } from 'vitest';
import { lineAdsTraits } from '../../../src/domain/destinations/line-ads.ts';
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
    ['configuration.siblings.0.ifa_format', 'Other Ads does not take advertising IDs in this format.'],
    ['configuration.siblings.0.audience_name', 'Use at most 10 characters.'],
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
