/**
 * Rules for faults: which requests a rule matches, and what goes wrong with them. Each rule is applied at one
 * point of a request:
 * - `arrival`: before the request is read, so that nothing was taken;
 * - `key`: when the signature was found right, so that the access key is known;
 * - `job`: when an upload is accepted, so that its job is affected and not the answer;
 * - `accepted`: after the request was carried out, so that only the answer is affected.
 */

import { parseFlag, type Rule, ruleReader } from '../shared/fault-rules.ts';
import { choice, number, text } from '../shared/input.ts';
import { checkedFault, PointFaults, selection } from '../shared/point-faults.ts';

/** The names of the endpoints, as faults and the request log use them. */
export const endpointNames = [
  'list',
  'upload',
  'upload-jobs',
  'overlap',
  'rename',
  'create',
  'delete',
  'ad-accounts',
  'link-requests',
  'link',
  'cancel',
  'unlink',
] as const;

export type EndpointName = (typeof endpointNames)[number];

const match = selection(endpointNames);

const when = choice('before', 'after').optional();
const failedType = text.optional();

const effects = {
  /** Answer with this status (default 503) and LINE's reason, before or after carrying out the request. */
  status: {
    status: number(400, 599).optional(),
    reason: text.optional(),
    property: text.optional(),
    retryAfter: number(0, 86_400).optional(),
    when,
  },
  /** Answer as busy: 400 with `LOCK_DEFAULT` or another reason. */
  busy: { reason: text.optional() },
  /** Reset the connection: before anything is read, when all is read but nothing is taken, or instead of the answer. */
  reset: { when: choice('before', 'after', 'read').optional() },
  /** Wait before or after carrying out the request. In real time, not in virtual time. */
  slow: { ms: number(0, 3_600_000), when },
  /** Carry out the request, and answer with half of the JSON. */
  garbled: {},
  /** The upload's job ends FAILED and changes nothing. */
  job_failed: { failedType },
  /** The upload's job ends FINISHED, but with only the first `audienceCount` lines. */
  job_partial: { failedType, audienceCount: number(0, 1_000_000) },
  /** The upload's job stays in this state (default WORKING) until it is released. */
  job_stuck: { state: choice('QUEUED', 'WORKING').optional() },
  /** The list of upload jobs shows the upload's job only after this virtual time. The job itself is as usual. */
  job_late: { ms: number(0, 86_400_000) },
  /** The job finishes, but matching the audience fails. */
  match_failed: { failedType },
  /** After the request was carried out, somebody else deletes its audience, or gives it another name. */
  audience_deleted: {},
  audience_renamed: { name: text },
  /**
   * The access key of the request is revoked. This request and all later ones of the key are 401, until the key is
   * given back: after `ms` of virtual time, or by the admin endpoint.
   */
  key_revoked: { ms: number(0, 86_400_000).optional() },
};

export type Fault = Rule<typeof effects, typeof match>;
export type FaultPoint = 'arrival' | 'key' | 'job' | 'accepted';

const { kinds, readRule } = ruleReader(effects, match);
export const faultKinds = kinds;

/** Reads a rule from JSON. @throws {SimulatorInputError} for an unknown kind, field or value */
export function readFault(value: unknown): Fault {
  const fault = readRule(value);
  const point = pointOf(fault);
  return checkedFault(fault, point === 'job' || point === 'accepted');
}

/**
 * Reads a rule from a flag such as `status,status=429,endpoint=upload,nth=2`: the kind, then the keys of the
 * JSON form.
 */
export const parseFault = (flag: string): Fault => readFault(parseFlag(flag));

function pointOf(fault: Fault): FaultPoint {
  switch (fault.kind) {
    case 'status':
    case 'reset':
    case 'slow':
      return fault.when === 'after' ? 'accepted' : 'arrival';
    case 'busy':
      return 'arrival';
    case 'key_revoked':
      return 'key';
    case 'garbled':
    case 'audience_deleted':
    case 'audience_renamed':
      return 'accepted';
    case 'job_failed':
    case 'job_partial':
    case 'job_stuck':
    case 'job_late':
    case 'match_failed':
      return 'job';
  }
}

/** The active rules. */
export const newFaults = (): Faults => new PointFaults(pointOf);
export type Faults = PointFaults<Fault, FaultPoint>;
