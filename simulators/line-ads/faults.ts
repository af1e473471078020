/**
 * Faults on order. A rule says which requests it meets and what goes wrong with them; the book counts and hands
 * out what applies. A rule is judged at one point of a request:
 * - `arrival`: before the request is looked at, so that nothing was taken;
 * - `job`: when an upload is accepted, so that its job is affected and not the answer;
 * - `accepted`: after the request was carried out, so that only the answer is affected.
 */

import { counted, FaultBook, parseFlag, type Rule, ruleReader } from '../shared/fault-rules.ts';
import { choice, number, SimulatorInputError, text } from '../shared/input.ts';

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

const match = {
  /** Absent: every endpoint. */
  endpoint: choice(...endpointNames).optional(),
  method: text.optional(),
  ...counted,
  /** Met only when the uploaded file's name contains this; only for what is judged after accepting. */
  fileName: text.optional(),
};

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
  /** Refuse as busy: 400 with `LOCK_DEFAULT` or another reason. */
  busy: { reason: text.optional() },
  /** Reset the connection, before anything is read or instead of the answer. */
  reset: { when },
  /** Wait before or after carrying out the request. Real time, not the virtual clock. */
  slow: { ms: number(0, 3_600_000), when },
  /** Carry out the request and answer with half of the JSON. */
  garbled: {},
  /** The upload's job ends FAILED and changes nothing. */
  job_failed: { failedType },
  /** The upload's job ends FINISHED, but took only the first `audienceCount` lines. */
  job_partial: { failedType, audienceCount: number(0, 1_000_000) },
  /** The upload's job stays in this state (default WORKING) until it is released. */
  job_stuck: { state: choice('QUEUED', 'WORKING').optional() },
  /** The job finishes, but matching the audience fails. */
  match_failed: { failedType },
};

export type Fault = Rule<typeof effects, typeof match>;
export type FaultPoint = 'arrival' | 'job' | 'accepted';

/** What a request is known by when the book is asked. */
export interface FaultTarget {
  endpoint: string;
  method: string;
  fileName?: string | undefined;
}

const { kinds, readRule } = ruleReader(effects, match);
export const faultKinds = kinds;

/** Reads a rule from JSON. @throws {SimulatorInputError} for anything that it does not know */
export function readFault(value: unknown): Fault {
  const fault = readRule(value);
  if (fault.fileName !== undefined && pointOf(fault) === 'arrival') {
    throw new SimulatorInputError(
      'A fault by fileName must come after accepting (when: after): the name is not known earlier.',
    );
  }
  return fault;
}

/** Reads a rule from a flag: `status,status=429,endpoint=upload,nth=2`, the kind first, then the JSON form's keys. */
export const parseFault = (flag: string): Fault => readFault(parseFlag(flag));

function pointOf(fault: Fault): FaultPoint {
  switch (fault.kind) {
    case 'status':
    case 'reset':
    case 'slow':
      return fault.when === 'after' ? 'accepted' : 'arrival';
    case 'busy':
      return 'arrival';
    case 'garbled':
      return 'accepted';
    case 'job_failed':
    case 'job_partial':
    case 'job_stuck':
    case 'match_failed':
      return 'job';
  }
}

/** The rules in force. */
export class Faults extends FaultBook<Fault> {
  /** What goes wrong with this request at this point. Counts it for every rule that it matches. */
  meet(point: FaultPoint, target: FaultTarget): Fault[] {
    return this.take((fault) => pointOf(fault) === point && matches(fault, target));
  }
}

function matches(fault: Fault, target: FaultTarget): boolean {
  if (fault.endpoint !== undefined && fault.endpoint !== target.endpoint) return false;
  if (fault.method !== undefined && fault.method.toUpperCase() !== target.method) return false;
  return fault.fileName === undefined || (target.fileName ?? '').includes(fault.fileName);
}
