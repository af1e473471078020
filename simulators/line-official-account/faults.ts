/**
 * Rules for faults: which requests a rule matches, and what goes wrong with them. Each rule is applied at one
 * point of a request:
 * - `arrival`: before the request is read, so that nothing was taken;
 * - `token`: when the access token was found, so that its channel is known;
 * - `allowed`: when token and rate are right, but before the request is carried out;
 * - `job`: when an upload is accepted, so that its job is affected and not the answer;
 * - `accepted`: after the request was carried out, so that only the answer is affected.
 */
import { parseFlag, type Rule, ruleReader } from '../shared/fault-rules.ts';
import { choice, number, text } from '../shared/input.ts';
import { checkedFault, PointFaults, selection } from '../shared/point-faults.ts';
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

/** `fileName` is a part of `uploadDescription`. */
const match = selection(endpointNames);

const when = choice('before', 'after').optional();
const code = text.regex(codePattern, 'a code such as AUDIENCE_GROUP_NOT_FOUND');
const failedType = text.optional();

const effects = {
  /** Answer with this status (default 503), before or after carrying out the request; without a message, no JSON. */
  status: {
    status: number(300, 599).optional(),
    message: text.optional(),
    retryAfter: number(0, 86_400).optional(),
    when,
  },
  /** Answer with this code, and with this status (default 400). */
  code: { code, status: number(400, 599).optional(), property: text.optional(), when },
  /**
   * Reset the connection: before anything is read, in the middle of the body, when all is read but nothing is taken, or
   * instead of the answer.
   */
  reset: { when: choice('before', 'middle', 'read', 'after').optional() },
  /** Wait before or after carrying out the request. In real time, not in virtual time. */
  slow: { ms: number(0, 3_600_000), when },
  /** Carry out the request, and answer with half of the JSON. */
  garbled: {},
  /** In the answer, every property of this name is this text, e.g. a word that nobody knows. Without a value: null. */
  property: { property: text, value: text.optional() },
  /** The upload's job ends FAILED and changes nothing. */
  job_failed: { failedType },
  /** The upload's job ends FINISHED, but with only the first so many ids. */
  job_partial: { audienceCount: number(0, 1_500_000) },
  /** The upload's job stays in this state (default WORKING) until it is released. */
  job_stuck: { state: choice('QUEUED', 'WORKING').optional() },
  /** `get` shows the upload's job only after this virtual time. The job itself is as usual. */
  job_late: { ms: number(0, 86_400_000) },
  /** After the request was carried out, somebody else does this to its audience. */
  audience_deleted: {},
  audience_renamed: { name: text },
  audience_status: { status: choice(...statuses) },
  /** The tokens of the channel end now, also for this request. Another one can be issued. */
  token_expired: {},
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
 * Reads a rule from a flag such as `status,status=429,endpoint=add,nth=2`: the kind, then the keys of the JSON form.
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
      return 'token';
    case 'garbled':
    case 'property':
    case 'audience_deleted':
    case 'audience_renamed':
    case 'audience_status':
      return 'accepted';
    case 'job_failed':
    case 'job_partial':
    case 'job_stuck':
    case 'job_late':
      return 'job';
  }
}

/** The active rules. */
export const newFaults = (): Faults => new PointFaults(pointOf);
export type Faults = PointFaults<Fault, FaultPoint>;
