/** LY Ads display, as data. Source: the Display Ads API, version 20. */
import { LONGEST_UPLOAD_JOB_MS } from '../audiences/requests.ts';
import { issueText } from '../text/sentence.ts';
import type { DestinationTraits } from './traits.ts';

/** How many requests per second LY accepts from one application (client ID). */
const REQUESTS_A_SECOND = 5;

/** So long it may take until a list shows what was sent to it. Before, a reach of 0 says nothing. */
const COUNTED_MS = 48 * 3_600_000;

/** The type of every list that an API can fill. */
const audienceType = 'CUSTOMER_DATA';

export const lyAdsTraits = {
  id: 'ly_ads',
  jobType: 'ly_ads_audience_export',
  label: issueText`LY Ads`,
  owner: issueText`LY`,
  // An upload adds its members and renews their days. Nothing takes members away but their age.
  modes: ['append'],
  // The documentation shows "set" with a duration, and does not say that it has an effect.
  leaving: { by: 'age', days: [1, 180], isChangeable: true },
  lifeDays: null,
  creates: 'first',
  account: 'base_and_account',
  rules: { version: 1, hashesInRawColumn: false },
  identifiers: {
    email: { audienceType, sent: ['hashed'], heading: 'Email' },
    phone: { audienceType, sent: ['hashed'], heading: 'Phone' },
    ifa: { audienceType, sent: ['raw'], kinds: ['IDFA', 'AAID'], heading: 'Mobile Device ID' },
  },
  sharing: ['email', 'phone'],
  file: { maxRecords: null, maxBytes: 1_073_741_824, defaultBytes: 1_073_741_824, minRecords: 100, files: 'one' },
  // LY does not forbid two uploads at once to one list. One after another, a lost answer is easier to settle.
  turn: 'until_finished',
  job: { counts: false, isNamed: false, timeoutMs: LONGEST_UPLOAD_JOB_MS },
  name: { maxLength: 128 },
  limits: {
    requests: {
      places: REQUESTS_A_SECOND,
      // The second, plus a reserve because clocks are read a moment apart.
      windowMs: 1_010,
      lanes: { usual: [0, REQUESTS_A_SECOND], upload: [1, 4], background: [0, 1] },
    },
    // After "too many requests" (0003), for all processes of the application.
    pauseMs: 30_000,
  },
  watch: { forMs: COUNTED_MS, smallest: null, noMatchMs: COUNTED_MS },
  reasons: {
    nameTaken: 'D0001',
    ofRequest: ['0112', '0113', '0200', '110005', '210001', '210003'],
  },
  // LINE Ads in Japan is merged into it.
  takesOver: 'line_ads',
  clock: null,
} as const satisfies DestinationTraits;
