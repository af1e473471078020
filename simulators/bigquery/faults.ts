/** Rules for faults: which requests a rule matches, and what goes wrong with them. */
import { counted, FaultBook, parseFlag, type Rule, ruleReader } from '../shared/fault-rules.ts';
import { choice, number, SimulatorInputError, text } from '../shared/input.ts';

/** The names of the endpoints, as faults and the request log use them. `session` and `rows` are those of gRPC. */
export const endpointNames = [
  'token',
  'datasets',
  'tables',
  'table',
  'permissions',
  'insert',
  'job',
  'results',
  'cancel',
  'session',
  'rows',
] as const;

export type EndpointName = (typeof endpointNames)[number];

const match = {
  /** Absent: every endpoint that the kind applies to. */
  endpoint: choice(...endpointNames).optional(),
  ...counted,
};

const effects = {
  /** A REST answer with this status (default 503) and reason. */
  status: { status: number(400, 599).optional(), reason: text.optional(), message: text.optional() },
  /** Carry the request out, but reset the connection instead of answering. Not for gRPC. */
  reset: {},
  /** Wait before answering. In real time, not in virtual time. */
  slow: { ms: number(0, 3_600_000) },
  /** The account lacks this permission. */
  denied: { permission: text },
  /** A quota is used up. */
  quota: {},
  /** The service is unavailable for a moment. */
  unavailable: {},
  /** The table was deleted. */
  gone: {},
  /** The project has no billing account. */
  billing: {},
  /** The API is not enabled in the project. */
  api_disabled: {},
  /** The key was deleted. Only for `token`. */
  key_deleted: {},
  /** Google’s clock differs from that of the client. Only for `token`. */
  clock_skew: {},
  /** The read session has expired. Only for `rows`. */
  expired: {},
  /** The stream breaks after this many batches (default 1). Only for `rows`. */
  broken: { batches: number(0, 1_000_000).optional() },
  /** Answers without rows come before each batch: the stream is slowed down. Only for `rows`. */
  throttled: {},
  /** A batch has fewer rows than its answer says. Only for `rows`. */
  short: {},
  /** The session has no streams, although the table has rows. Only for `session`. */
  no_streams: {},
};

export type Fault = Rule<typeof effects, typeof match>;

/** Kinds that apply to a single endpoint. */
const only: Partial<Record<Fault['kind'], EndpointName>> = {
  key_deleted: 'token',
  clock_skew: 'token',
  expired: 'rows',
  broken: 'rows',
  throttled: 'rows',
  short: 'rows',
  no_streams: 'session',
};

const { kinds, readRule } = ruleReader(effects, match);
export const faultKinds = kinds;

/** Reads a rule from JSON. @throws {SimulatorInputError} for an unknown kind, field or value */
export function readFault(value: unknown): Fault {
  const fault = readRule(value);
  const endpoint = only[fault.kind];
  if (endpoint && (fault.endpoint ?? endpoint) !== endpoint)
    throw new SimulatorInputError(`A fault of kind ${fault.kind} is one of ${endpoint}.`);
  return fault;
}

/** Reads a rule from a flag such as `broken,batches=2`: the kind, then the keys of the JSON form. */
export const parseFault = (flag: string): Fault => readFault(parseFlag(flag));

/** The active rules. */
export class Faults extends FaultBook<Fault> {
  /** The faults for a request to this endpoint. Each matching rule counts it. */
  meet(endpoint: string): Fault[] {
    return this.take((fault) => {
      const wanted = fault.endpoint ?? only[fault.kind];
      // A fault of the service is not one of the exchange of tokens.
      return wanted === undefined ? endpoint !== 'token' : wanted === endpoint;
    });
  }
}
