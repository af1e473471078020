/** LINE Official Account, as data. Source: the Messaging API, audiences that are uploaded. */
import { LONGEST_UPLOAD_JOB_MS } from '../audiences/requests.ts';
import { issueText } from '../text/sentence.ts';
import { lineAdsTraits } from './line-ads.ts';
import type { DestinationTraits } from './traits.ts';

/** How many ids a file may have. */
const IDS = 1_500_000;
/** The ids alone limit the size of a file: the longest one is an advertising id, with its line break. */
const BYTES = IDS * 37;

/**
 * LINE takes 60 requests a minute for each method and path of a channel. This is as many in shorter windows: a place
 * that is free in more than LONGEST_HOLD_MS would count as free under another clock.
 */
const REQUESTS_IN_TEN_SECONDS = 10;

export const lineOfficialAccountTraits = {
  id: 'line_official_account',
  jobType: 'line_official_account_audience_export',
  label: issueText`LINE Official Account`,
  owner: issueText`LINE`,
  modes: ['append'],
  leaving: { by: 'never' },
  lifeDays: 180,
  creates: 'by_upload',
  account: 'channel',
  rules: { version: 1, hashesInRawColumn: false },
  identifiers: {
    // LINE calls both UPLOAD, and says in isIfaAudience which of them it is.
    line_user_id: { audienceType: 'UPLOAD_USER_ID', sent: ['raw'] },
    ifa: { audienceType: 'UPLOAD_IFA', sent: ['raw'] },
  },
  sharing: [],
  file: { maxRecords: IDS, maxBytes: BYTES, defaultBytes: BYTES, minRecords: 1, files: 'chain' },
  turn: 'until_finished',
  // A job has the name of its file as its description. Its count may be of new members alone.
  job: { counts: false, isNamed: true, timeoutMs: LONGEST_UPLOAD_JOB_MS },
  name: { maxLength: 120 },
  limits: {
    requests: {
      places: REQUESTS_IN_TEN_SECONDS,
      windowMs: 10_010,
      // Two places are only for the runs that wait for LINE, so that no person’s requests can stop them.
      lanes: { usual: [0, 8], upload: [0, REQUESTS_IN_TEN_SECONDS], background: [4, REQUESTS_IN_TEN_SECONDS] },
    },
    audiences: 1_000,
  },
  watch: { forMs: 48 * 3_600_000, smallest: null },
  reasons: {
    nameTaken: 'AUDIENCE_GROUP_NAME_DUPLICATE',
    ofRequest: [
      'AUDIENCE_GROUP_NOT_FOUND',
      'AUDIENCE_GROUP_COUNT_MAX_OVER',
      'AUDIENCE_GROUP_NAME_SIZE_OVER',
      'AUDIENCE_GROUP_NAME_WRONG',
      'AUDIENCE_GROUP_NAME_EMPTY',
      'AUDIENCE_GROUP_NAME_DUPLICATE',
      'AUDIENCE_GROUP_CAN_NOT_UPLOAD_STATUS_EXPIRED',
    ],
    ofMembers: ['AUDIENCE_GROUP_AUDIENCE_INSUFFICIENT'],
  },
  extras: ['shared'],
  // LINE checks the time of an assertion that a private key signs, too.
  clock: lineAdsTraits.clock,
} as const satisfies DestinationTraits;
