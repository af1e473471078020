/**
 * LINE Ads, as data. Sources: LINE Ads API, "Data General Partner", and its page on uploads. The API client
 * (packages/line-ads) is a separate package with its own copy of the numbers that it needs;
 * test/domain/destinations/line-ads.test.ts compares the two.
 */
import { LONGEST_UPLOAD_JOB_MS } from '../audiences/requests.ts';
import { SMALLEST_ESTIMATE } from '../audiences/size.ts';
import { issueText } from '../text/sentence.ts';
import type { DestinationTraits } from './traits.ts';

/** How many requests per second LINE accepts from one access key. */
const REQUESTS_A_SECOND = 10;

export const lineAdsTraits = {
  id: 'line_ads',
  jobType: 'line_ads_audience_export',
  label: issueText`LINE Ads`,
  owner: issueText`LINE`,
  modes: ['replace', 'append'],
  leaving: { by: 'replace' },
  lifeDays: null,
  creates: 'by_upload',
  account: 'ad_account',
  rules: { version: 2, hashesInRawColumn: true },
  identifiers: {
    email: { audienceType: 'HASHED_EMAIL_UPLOAD', sent: ['hashed'] },
    phone: { audienceType: 'HASHED_PHONE_NUMBER_UPLOAD', sent: ['hashed'] },
    ifa: { audienceType: 'UPLOAD', sent: ['hashed', 'raw'] },
  },
  sharing: [],
  extras: ['lookalike', 'overlap'],
  file: {
    maxRecords: 1_000_000,
    maxBytes: 62_914_560,
    // LINE's limit is "60 MB". This is below 60 MB in both definitions of MB.
    defaultBytes: 60_000_000,
    minRecords: 1,
    files: 'chain',
  },
  turn: 'until_finished',
  job: { counts: true, isNamed: true, timeoutMs: LONGEST_UPLOAD_JOB_MS },
  name: { maxLength: 120 },
  limits: {
    requests: {
      places: REQUESTS_A_SECOND,
      // LINE's second, plus a reserve because clocks are read a moment apart. A request counts from before it is
      // sent, because the time of its arrival at LINE is unknown.
      windowMs: 1_010,
      lanes: { usual: [0, REQUESTS_A_SECOND], upload: [3, 8], background: [0, 3] },
    },
    slots: { action: 'REPLACE', max: 3 },
  },
  watch: { forMs: 48 * 3_600_000, smallest: SMALLEST_ESTIMATE },
  reasons: {
    nameTaken: 'AUDIENCE_GROUP_NAME_DUPLICATE',
    ofRequest: [
      'AUDIENCE_GROUP_NOT_FOUND',
      'AUDIENCE_GROUP_NAME_DUPLICATE',
      'INVALID_ACCOUNT_ID',
      'REQUEST_INPUT_ADACCOUNT_ID_INVALID',
    ],
    ofMembers: ['AUDIENCE_GROUP_AUDIENCE_INSUFFICIENT'],
  },
  clock: { warnMs: 3 * 60_000, refuseMs: 15 * 60_000 },
} as const satisfies DestinationTraits;
