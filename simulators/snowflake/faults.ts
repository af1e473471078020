/** Rules for faults: which requests a rule matches, and what goes wrong with them. */
import { counted, FaultBook, parseFlag, type Rule, ruleReader } from '../shared/fault-rules.ts';
import { choice, number, text } from '../shared/input.ts';

/** The names of the endpoints, as faults and the request log use them. */
export const endpointNames = ['submit', 'status', 'partition', 'cancel'] as const;

export type EndpointName = (typeof endpointNames)[number];

const match = {
  /** Absent: every endpoint. */
  endpoint: choice(...endpointNames).optional(),
  ...counted,
};

const effects = {
  /** Answer with this status (default 503), and perhaps a code of Snowflake. */
  status: {
    status: number(400, 599).optional(),
    code: text.optional(),
    retryAfter: number(0, 86_400).optional(),
  },
  /** The statement fails: 422 with this code and SQL state. */
  failure: { code: text, sqlState: text.optional() },
  /** A result comes with this code instead of 090001. */
  result: { code: text },
  /** The statement took too long: 408. */
  timeout: {},
  /** The results of all statements so far are forgotten. */
  expired: {},
  /** Reset the connection instead of answering. */
  reset: {},
  /** Drop the connection in the middle of the answer. */
  cut: {},
  /** The bytes of the answer are damaged. */
  broken: {},
  /** Wait before answering. In real time, not in virtual time. */
  slow: { ms: number(0, 3_600_000) },
};

export type Fault = Rule<typeof effects, typeof match>;

const { kinds, readRule } = ruleReader(effects, match);
export const faultKinds = kinds;

/** Reads a rule from JSON. @throws {SimulatorInputError} for an unknown kind, field or value */
export const readFault = (value: unknown): Fault => readRule(value);

/**
 * Reads a rule from a flag such as `failure,code=000604,endpoint=status`: the kind, then the keys of the JSON form.
 */
export const parseFault = (flag: string): Fault => readFault(parseFlag(flag));

/** The active rules. */
export class Faults extends FaultBook<Fault> {
  /** The faults for a request to this endpoint. Each matching rule counts it. */
  meet(endpoint: string): Fault[] {
    return this.take((fault) => fault.endpoint === undefined || fault.endpoint === endpoint);
  }
}
