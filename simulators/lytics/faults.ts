/** Faults on order: which requests a rule meets, and what goes wrong with them. */
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
  /** Absent: every endpoint. What goes wrong with pages is of `scan` alone. */
  endpoint: choice(...endpointNames).optional(),
  ...counted,
};

const members = number(0, 1_000_000).optional();

const effects = {
  /** Answer with this status (default 503), in the error shape of the endpoint's version. */
  status: {
    status: number(400, 599).optional(),
    message: text.optional(),
    retryAfter: number(0, 86_400).optional(),
  },
  /** Reset the connection instead of an answer. */
  reset: {},
  /** Drop the connection in the middle of the answer. */
  cut: {},
  /** Answer with half of the JSON. */
  garbled: {},
  /** Wait before answering. Real time, not the virtual clock. */
  slow: { ms: number(0, 3_600_000) },
  /** The page holds only so many members (default 1; 0: none), but is not the last. */
  short: { rows: number(0, 100).optional() },
  /** The page begins with the last members (default 1) of the one before. */
  repeated: { members: number(1, 99).optional() },
  /** Before this page, so many (default 1) came into the audience, ahead of the scan. */
  joined: { members },
  /** Before this page, so many (default 1) that the scan may have passed have left the audience. */
  left: { members },
  /** Every cursor that was given before has expired. */
  expired: {},
  /** The page's `_next` is the cursor that asked for it. */
  same_cursor: {},
};

export type Fault = Rule<typeof effects, typeof match>;

/** Those that have a meaning for a page of a scan alone. */
const ofPages: ReadonlySet<Fault['kind']> = new Set([
  'short',
  'repeated',
  'joined',
  'left',
  'expired',
  'same_cursor',
]);

const { kinds, readRule } = ruleReader(effects, match);
export const faultKinds = kinds;

/** Reads a rule from JSON. @throws {SimulatorInputError} for anything that it does not know */
export function readFault(value: unknown): Fault {
  const fault = readRule(value);
  if (ofPages.has(fault.kind) && (fault.endpoint ?? 'scan') !== 'scan') {
    throw new SimulatorInputError(`A fault of kind ${fault.kind} is one of pages: its endpoint is scan.`);
  }
  return fault;
}

/** Reads a rule from a flag: `status,status=429,endpoint=scan,nth=2`, the kind first, then the JSON form's keys. */
export const parseFault = (flag: string): Fault => readFault(parseFlag(flag));

/** The rules in force. */
export class Faults extends FaultBook<Fault> {
  /** What goes wrong with a request to this endpoint. Counts it for every rule that it matches. */
  meet(endpoint: string): Fault[] {
    return this.take((fault) => {
      const wanted = ofPages.has(fault.kind) ? 'scan' : fault.endpoint;
      return wanted === undefined || wanted === endpoint;
    });
  }
}
