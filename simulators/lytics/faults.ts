/** Faults on order: which requests a rule meets, and what goes wrong with them. */
import { type Counted, countReaders, FaultBook, parseFlag, readFields } from '../shared/fault-rules.ts';
import { choice, number, object, type Reader, SimulatorInputError, text } from '../shared/input.ts';

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

interface RuleMatch extends Counted {
  /** Absent: every endpoint. What goes wrong with pages is of `scan` alone. */
  endpoint?: EndpointName;
}

type FaultEffect =
  /** Answer with this status (default 503), in the error shape of the endpoint's version. */
  | { kind: 'status'; status?: number; message?: string; retryAfter?: number }
  /** Reset the connection instead of an answer. */
  | { kind: 'reset' }
  /** Drop the connection in the middle of the answer. */
  | { kind: 'cut' }
  /** Answer with half of the JSON. */
  | { kind: 'garbled' }
  /** Wait before answering. Real time, not the virtual clock. */
  | { kind: 'slow'; ms: number }
  /** The page holds only so many members (default 1; 0: none), but is not the last. */
  | { kind: 'short'; rows?: number }
  /** The page begins with the last members (default 1) of the one before. */
  | { kind: 'repeated'; members?: number }
  /** Before this page, so many (default 1) came into the audience, ahead of the scan. */
  | { kind: 'joined'; members?: number }
  /** Before this page, so many (default 1) that the scan may have passed have left the audience. */
  | { kind: 'left'; members?: number }
  /** Every cursor that was given before has expired. */
  | { kind: 'expired' }
  /** The page's `_next` is the cursor that asked for it. */
  | { kind: 'same_cursor' };

export type Fault = FaultEffect & RuleMatch;
export type FaultKind = Fault['kind'];

const members = number(0, 1_000_000);

const effectReaders: Record<FaultKind, Record<string, Reader<unknown>>> = {
  status: { status: number(400, 599), message: text, retryAfter: number(0, 86_400) },
  reset: {},
  cut: {},
  garbled: {},
  slow: { ms: number(0, 3_600_000) },
  short: { rows: number(0, 100) },
  repeated: { members: number(1, 99) },
  joined: { members },
  left: { members },
  expired: {},
  same_cursor: {},
};

/** Those that have a meaning for a page of a scan alone. */
const ofPages: ReadonlySet<FaultKind> = new Set([
  'short',
  'repeated',
  'joined',
  'left',
  'expired',
  'same_cursor',
]);

export const faultKinds = Object.keys(effectReaders).filter(
  (kind): kind is FaultKind => kind in effectReaders,
);

/** Reads a rule from JSON. Throws {@link SimulatorInputError} for anything that it does not know. */
export function readFault(value: unknown): Fault {
  const kind = choice(...faultKinds)(object(value, 'a fault').kind, 'kind');
  const matching = { endpoint: choice(...endpointNames), ...countReaders };
  const readers = { ...matching, ...effectReaders[kind] };
  const read = readFields(value, kind, readers, kind === 'slow' ? 'ms' : undefined);
  const fault = read as unknown as Fault; // Each field was read by the reader of its kind just above.
  if (ofPages.has(kind) && (fault.endpoint ?? 'scan') !== 'scan') {
    throw new SimulatorInputError(`A fault of kind ${kind} is one of pages: its endpoint is scan.`);
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
