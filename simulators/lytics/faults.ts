/** Rules for faults: which requests a rule matches, and what goes wrong with them. */
import { counted, FaultBook, parseFlag, type Rule, ruleReader } from '../shared/fault-rules.ts';
import { choice, number, SimulatorInputError, text } from '../shared/input.ts';

/** The names of the endpoints, as faults and the request log use them. */
export const endpointNames = [
  'segments',
  'segment',
  'sizes',
  'fields',
  'fieldnames',
  'schema',
  'scan',
  'fieldinfo',
] as const;

export type EndpointName = (typeof endpointNames)[number];

const match = {
  /** Absent: every endpoint. Faults of pages apply only to `scan`. */
  endpoint: choice(...endpointNames).optional(),
  ...counted,
};

const members = number(0, 1_000_000).optional();

const effects = {
  /** Answer with this status (default 503), with an error in the form of the endpoint's version. */
  status: {
    status: number(400, 599).optional(),
    message: text.optional(),
    retryAfter: number(0, 86_400).optional(),
  },
  /** Reset the connection instead of answering. */
  reset: {},
  /** Drop the connection in the middle of the answer. */
  cut: {},
  /** Answer with half of the JSON. */
  garbled: {},
  /** Wait before answering. In real time, not in virtual time. */
  slow: { ms: number(0, 3_600_000) },
  /** The page has only this many members (default 1; 0: none), but it is not the last one. */
  short: { rows: number(0, 100).optional() },
  /** The page begins with the last members (default 1) of the page before. */
  repeated: { members: number(1, 99).optional() },
  /** Before this page, this many members (default 1) joined the audience, before the position of the scan. */
  joined: { members },
  /** Before this page, this many members (default 1) left the audience. The scan may have passed them. */
  left: { members },
  /** All earlier cursors are expired. */
  expired: {},
  /** The `_next` of the page is the cursor of its request. */
  same_cursor: {},
};

export type Fault = Rule<typeof effects, typeof match>;

/** Kinds that only apply to a page of a scan. */
const ofPages: ReadonlySet<Fault['kind']> = new Set(['short', 'repeated', 'joined', 'left', 'expired', 'same_cursor']);

const { kinds, readRule } = ruleReader(effects, match);
export const faultKinds = kinds;

/** Reads a rule from JSON. @throws {SimulatorInputError} for an unknown kind, field or value */
export function readFault(value: unknown): Fault {
  const fault = readRule(value);
  if (ofPages.has(fault.kind) && (fault.endpoint ?? 'scan') !== 'scan') {
    throw new SimulatorInputError(`A fault of kind ${fault.kind} is one of pages: its endpoint is scan.`);
  }
  return fault;
}

/**
 * Reads a rule from a flag such as `status,status=429,endpoint=scan,nth=2`: the kind, then the keys of the
 * JSON form.
 */
export const parseFault = (flag: string): Fault => readFault(parseFlag(flag));

/** The active rules. */
export class Faults extends FaultBook<Fault> {
  /** The faults for a request to this endpoint. Each matching rule counts it. */
  meet(endpoint: string): Fault[] {
    return this.take((fault) => {
      const wanted = ofPages.has(fault.kind) ? 'scan' : fault.endpoint;
      return wanted === undefined || wanted === endpoint;
    });
  }
}
