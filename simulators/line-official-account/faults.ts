/**
 * The faults of this simulator: which requests a rule matches, and what goes wrong with them. The `fileName` of a rule
 * is a part of `uploadDescription`.
 */
import { choice, number, text } from '../shared/input.ts';
import { answerKinds, arrivalKinds, pointFaults, property, retryAfter, when } from '../shared/point-faults.ts';
import { statuses } from './audiences.ts';
import { codePattern } from './refusal.ts';

/** The names of the endpoints, as faults and the request log use them. */
export const endpointNames = [
  'token',
  'create',
  'add',
  'create-json',
  'add-json',
  'click',
  'imp',
  'rename',
  'delete',
  'get',
  'list',
  'shared',
  'shared-list',
] as const;

export type EndpointName = (typeof endpointNames)[number];

const code = text.regex(codePattern, 'a code such as AUDIENCE_GROUP_NOT_FOUND');

export const { faultKinds, readFault, parseFault, newFaults } = pointFaults(endpointNames, {
  arrival: {
    /** Answer with this status (default 503), before or after carrying out the request; without a message, no JSON. */
    status: { status: number(300, 599).optional(), message: text.optional(), retryAfter, when },
    ...arrivalKinds,
  },
  sender: {
    /** The tokens of the channel end now, also for this request. Another one can be issued. */
    token_expired: {},
  },
  allowed: {
    /** Answer with this code, and with this status (default 400). */
    code: { code, status: number(400, 599).optional(), property: text.optional(), when },
  },
  job: {
    /** The upload's job ends FAILED and changes nothing. */
    job_failed: { failedType: text.optional() },
    /** The upload's job ends FINISHED, but with only the first so many ids. */
    job_partial: { audienceCount: number(0, 1_500_000) },
    /** The upload's job stays in this state (default WORKING) until it is released. */
    job_stuck: { state: choice('QUEUED', 'WORKING').optional() },
    /** `get` shows the upload's job only after this virtual time. The job itself is as usual. */
    job_late: { ms: number(0, 86_400_000) },
  },
  accepted: {
    ...answerKinds,
    property,
    /** After the request was carried out, somebody else does this to its audience. */
    audience_deleted: {},
    audience_renamed: { name: text },
    audience_status: { status: choice(...statuses) },
  },
});

export type Fault = ReturnType<typeof readFault>;
export type Faults = ReturnType<typeof newFaults>;
