/** The faults of this simulator: which requests a rule matches, and what goes wrong with them. */
import { choice, number, text } from '../shared/input.ts';
import { answerKinds, arrivalKinds, pointFaults, property, retryAfter, when } from '../shared/point-faults.ts';
import { codePattern } from './refusal.ts';

/** The names of the endpoints, as faults and the request log use them. */
export const endpointNames = [
  'authorize',
  'consent',
  'token',
  'base-accounts',
  'accounts',
  'lists',
  'add',
  'set',
  'remove',
  'upload',
  'upload-status',
] as const;

export type EndpointName = (typeof endpointNames)[number];

const code = text.regex(codePattern, 'a code such as 0002, R0001 or 210003');

export const { faultKinds, readFault, parseFault, newFaults } = pointFaults(endpointNames, {
  arrival: {
    /** Answer with this HTTP status (default 503), before or after carrying it out; without a code, no JSON. */
    status: { status: number(300, 599).optional(), code: code.optional(), retryAfter, when },
    ...arrivalKinds,
  },
  sender: {
    /** The access tokens of the Business ID end now, also for this request. A refresh gives a new one. */
    token_expired: {},
    /** All tokens of the Business ID are deleted, also the refresh token. Only a new consent helps. */
    tokens_deleted: {},
  },
  allowed: {
    /**
     * Answer with this code. Level 1: with its HTTP status. Level 2 (default for codes that come with 200): `errors`
     * and no `rval`. Level 3: every value has it. `property` and `value` are the `details`.
     */
    code: { code, level: number(1, 3).optional(), property: text.optional(), value: text.optional(), when },
  },
  job: {
    /** The upload ends FAILED (default) or INVALID_FILE, and changes nothing. */
    job_failed: { status: choice('FAILED', 'INVALID_FILE').optional() },
    /** The upload ends RECEIVED, but with only so many identifiers of each column. Nothing tells it. */
    job_partial: { rows: number(0, 100_000_000) },
    /** The upload stays RECEIVING until it is released. */
    job_stuck: {},
    /** `getUploadUserListStatus` shows the upload only after this virtual time. The upload itself is as usual. */
    job_late: { ms: number(0, 86_400_000) },
    /** The reach of the list never counts the upload. */
    not_counted: {},
  },
  accepted: {
    ...answerKinds,
    property,
    /** After the request was carried out, somebody else does this to its list. */
    list_removed: {},
    list_renamed: { name: text },
    list_in_use: {},
    connection_stopped: {},
  },
});

export type Fault = ReturnType<typeof readFault>;
export type Faults = ReturnType<typeof newFaults>;
