/**
 * Faults on order. A rule says which requests it meets and what goes wrong with them; the book counts and hands
 * out what applies. A rule is judged at one point of a request:
 * - `arrival`: before the request is looked at, so that nothing was taken;
 * - `job`: when an upload is accepted, so that its job is affected and not the answer;
 * - `accepted`: after the request was carried out, so that only the answer is affected.
 */

import { type Counted, countReaders, FaultBook, parseFlag, readFields } from '../shared/fault-rules.ts';
import { choice, number, object, type Reader, SimulatorInputError, text } from '../shared/input.ts';
import { type EndpointName, endpointNames } from './endpoints.ts';

interface RuleMatch extends Counted {
  /** Absent: every endpoint. */
  endpoint?: EndpointName;
  method?: string;
  /** Met only when the uploaded file's name contains this; only for what is judged after accepting. */
  fileName?: string;
}

type When = { when?: 'before' | 'after' };

type FaultEffect =
  /** Answer with this status (default 503) and LINE's reason, before or after carrying out the request. */
  | ({ kind: 'status'; status?: number; reason?: string; property?: string; retryAfter?: number } & When)
  /** Refuse as busy: 400 with `LOCK_DEFAULT` or another reason. */
  | { kind: 'busy'; reason?: string }
  /** Reset the connection, before anything is read or instead of the answer. */
  | ({ kind: 'reset' } & When)
  /** Wait before or after carrying out the request. Real time, not the virtual clock. */
  | ({ kind: 'slow'; ms: number } & When)
  /** Carry out the request and answer with half of the JSON. */
  | { kind: 'garbled' }
  /** The upload's job ends FAILED and changes nothing. */
  | { kind: 'job_failed'; failedType?: string }
  /** The upload's job ends FINISHED, but took only the first `audienceCount` lines. */
  | { kind: 'job_partial'; failedType?: string; audienceCount: number }
  /** The upload's job stays in this state (default WORKING) until it is released. */
  | { kind: 'job_stuck'; state?: 'QUEUED' | 'WORKING' }
  /** The job finishes, but matching the audience fails. */
  | { kind: 'match_failed'; failedType?: string };

export type Fault = FaultEffect & RuleMatch;
export type FaultKind = Fault['kind'];
export type FaultPoint = 'arrival' | 'job' | 'accepted';

/** What a request is known by when the book is asked. */
export interface FaultTarget {
  endpoint: string;
  method: string;
  fileName?: string | undefined;
}

const matchReaders: Record<string, Reader<unknown>> = {
  endpoint: choice(...endpointNames),
  method: text,
  ...countReaders,
  fileName: text,
};

const when = choice('before', 'after');
const failedType = text;

const effectReaders: Record<FaultKind, Record<string, Reader<unknown>>> = {
  status: { status: number(400, 599), reason: text, property: text, retryAfter: number(0, 86_400), when },
  busy: { reason: text },
  reset: { when },
  slow: { ms: number(0, 3_600_000), when },
  garbled: {},
  job_failed: { failedType },
  job_partial: { failedType, audienceCount: number(0, 1_000_000) },
  job_stuck: { state: choice('QUEUED', 'WORKING') },
  match_failed: { failedType },
};

const required: Partial<Record<FaultKind, string>> = { slow: 'ms', job_partial: 'audienceCount' };

export const faultKinds = Object.keys(effectReaders).filter(
  (kind): kind is FaultKind => kind in effectReaders,
);

/** Reads a rule from JSON. Throws {@link SimulatorInputError} for anything that it does not know. */
export function readFault(value: unknown): Fault {
  const kind = choice(...faultKinds)(object(value, 'a fault').kind, 'kind');
  const read = readFields(value, kind, { ...matchReaders, ...effectReaders[kind] }, required[kind]);
  const fault = read as unknown as Fault; // Each field was read by the reader of its kind just above.
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
