/**
 * Rules for faults: which requests a rule matches, and what goes wrong with them. Each rule is applied at one
 * point of a request:
 * - `arrival`: before the request is read, so that nothing was taken;
 * - `token`: when the access token was found, so that its Business ID is known;
 * - `allowed`: when token, rate and base account are right, but before the request is carried out;
 * - `job`: when an upload is accepted, so that its job is affected and not the answer;
 * - `accepted`: after the request was carried out, so that only the answer is affected.
 */

import { parseFlag, type Rule, ruleReader } from '../shared/fault-rules.ts';
import { choice, number, text } from '../shared/input.ts';
import { checkedFault, PointFaults, selection } from '../shared/point-faults.ts';
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

const match = selection(endpointNames);

const when = choice('before', 'after').optional();
const code = text.regex(codePattern, 'a code such as 0002, R0001 or 210003');

const effects = {
  /** Answer with this HTTP status (default 503), before or after carrying out the request; without a code, no JSON. */
  status: {
    status: number(300, 599).optional(),
    code: code.optional(),
    retryAfter: number(0, 86_400).optional(),
    when,
  },
  /**
   * Answer with this code. Level 1: with its HTTP status. Level 2 (default for codes that come with 200): `errors` and
   * no `rval`. Level 3: every value has it. `property` and `value` are the `details`.
   */
  code: { code, level: number(1, 3).optional(), property: text.optional(), value: text.optional(), when },
  /**
   * Reset the connection: before anything is read, in the middle of the body, when all is read but nothing is taken, or
   * instead of the answer.
   */
  reset: { when: choice('before', 'middle', 'read', 'after').optional() },
  /** Wait before or after carrying out the request. In real time, not in virtual time. */
  slow: { ms: number(0, 3_600_000), when },
  /** Carry out the request, and answer with half of the JSON. */
  garbled: {},
  /** In the answer, every property of this name is this text, e.g. UNKNOWN. Without a value it is null. */
  property: { property: text, value: text.optional() },
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
  /** After the request was carried out, somebody else does this to its list. */
  list_removed: {},
  list_renamed: { name: text },
  list_in_use: {},
  connection_stopped: {},
  /** The access tokens of the Business ID end now, also for this request. A refresh gives a new one. */
  token_expired: {},
  /** All tokens of the Business ID are deleted, also the refresh token. Only a new consent helps. */
  tokens_deleted: {},
};

export type Fault = Rule<typeof effects, typeof match>;
export type FaultPoint = 'arrival' | 'token' | 'allowed' | 'job' | 'accepted';

const { kinds, readRule } = ruleReader(effects, match);
export const faultKinds = kinds;

/** Reads a rule from JSON. @throws {SimulatorInputError} for an unknown kind, field or value */
export function readFault(value: unknown): Fault {
  const fault = readRule(value);
  const point = pointOf(fault);
  return checkedFault(fault, point === 'job' || point === 'accepted');
}

/**
 * Reads a rule from a flag such as `code,code=0003,endpoint=upload,nth=2`: the kind, then the keys of the JSON form.
 */
export const parseFault = (flag: string): Fault => readFault(parseFlag(flag));

function pointOf(fault: Fault): FaultPoint {
  switch (fault.kind) {
    case 'status':
    case 'reset':
    case 'slow':
      return fault.when === 'after' ? 'accepted' : 'arrival';
    case 'code':
      return fault.when === 'after' ? 'accepted' : 'allowed';
    case 'token_expired':
    case 'tokens_deleted':
      return 'token';
    case 'garbled':
    case 'property':
    case 'list_removed':
    case 'list_renamed':
    case 'list_in_use':
    case 'connection_stopped':
      return 'accepted';
    case 'job_failed':
    case 'job_partial':
    case 'job_stuck':
    case 'job_late':
    case 'not_counted':
      return 'job';
  }
}

/** The active rules. */
export const newFaults = (): Faults => new PointFaults(pointOf);
export type Faults = PointFaults<Fault, FaultPoint>;
