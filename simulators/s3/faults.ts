/** Rules for faults: which requests a rule matches, and what goes wrong with them. */
import { counted, FaultBook, parseFlag, type Rule, ruleReader } from '../shared/fault-rules.ts';
import { choice, number, text } from '../shared/input.ts';

/** The names of the endpoints, as faults and the request log use them. */
export const endpointNames = ['buckets', 'list', 'object'] as const;

const match = {
  /** Absent: every endpoint. */
  endpoint: choice(...endpointNames).optional(),
  ...counted,
};

const effects = {
  /** Answer with this status (default 503) and this code of S3 (default `SlowDown`). */
  status: { status: number(300, 599).optional(), code: text.optional(), region: text.optional() },
  /** Reset the connection instead of answering. */
  reset: {},
  /** Drop the connection in the middle of the answer. */
  cut: {},
  /** Wait before answering. In real time, not in virtual time. */
  slow: { ms: number(0, 3_600_000) },
  /** Before this request, the object is written again, with one more line. */
  changed: {},
};

export type Fault = Rule<typeof effects, typeof match>;

const { kinds, readRule } = ruleReader(effects, match);
export const faultKinds = kinds;

/** Reads a rule from JSON. @throws {SimulatorInputError} for an unknown kind, field or value */
export const readFault = (value: unknown): Fault => readRule(value);

/** Reads a rule from a flag such as `status,status=403,code=AccessDenied,endpoint=list`. */
export const parseFault = (flag: string): Fault => readFault(parseFlag(flag));

/** The active rules. */
export class Faults extends FaultBook<Fault> {
  /** The faults for a request to this endpoint. Each matching rule counts it. */
  meet(endpoint: string): Fault[] {
    return this.take((fault) => {
      const wanted = fault.kind === 'changed' ? 'object' : fault.endpoint;
      return wanted === undefined || wanted === endpoint;
    });
  }
}
