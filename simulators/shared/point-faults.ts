/**
 * Faults that apply at one point of a request. A simulator lists its kinds by their points:
 * - `arrival`: before the request is read, so that nothing was taken;
 * - `sender`: when the key or the token was found right, so that its owner is known;
 * - `allowed`: when the sender and the rate are right, but before the request is carried out;
 * - `job`: when an upload is accepted, so that its job is affected and not the answer;
 * - `accepted`: after the request was carried out, so that only the answer is affected.
 * A rule with `when: after` is of the last point, whatever its kind.
 */
import type { z } from 'zod';
import { type Counted, counted, FaultBook, parseFlag, type Rule, ruleReader } from './fault-rules.ts';
import { choice, number, SimulatorInputError, text } from './input.ts';

export type FaultPoint = 'arrival' | 'sender' | 'allowed' | 'job' | 'accepted';

/** The kinds of each point, with the fields of each kind. */
type PointKinds = { readonly [Point in FaultPoint]?: Record<string, z.ZodRawShape> };

/** Before or after the request is carried out. */
export const when = choice('before', 'after').optional();

export const retryAfter = number(0, 86_400).optional();

/** Kinds that every simulator has, at `arrival`. */
export const arrivalKinds = {
  /**
   * Reset the connection: before anything is read, in the middle of the body, when all is read but nothing is taken, or
   * instead of the answer.
   */
  reset: { when: choice('before', 'middle', 'read', 'after').optional() },
  /** Wait before or after carrying out the request. In real time, not in virtual time. */
  slow: { ms: number(0, 3_600_000), when },
};

/** Kinds that every simulator has, at `accepted`. */
export const answerKinds = {
  /** Carry out the request, and answer with half of the JSON. */
  garbled: {},
};

/** In the answer, every property of this name is this text, e.g. a word that nobody knows. Without a value: null. */
export const property = { property: text, value: text.optional() };

/** The fields that select requests. @param endpoints the names of the endpoints */
const selection = <const Name extends string>(endpoints: readonly Name[]) => ({
  /** Absent: every endpoint. */
  endpoint: choice(...endpoints).optional(),
  method: text.optional(),
  ...counted,
  /** Only for uploads whose file name contains this, and only for rules that apply after acceptance. */
  fileName: text.optional(),
});

type FaultOf<Points extends PointKinds, Name extends string> = {
  [Point in keyof Points]: Rule<
    Extract<Points[Point], Record<string, z.ZodRawShape>>,
    ReturnType<typeof selection<Name>>
  >;
}[keyof Points];

/** What the rules of every simulator have. */
export interface PointFault extends Counted {
  readonly kind: string;
  readonly when?: string | undefined;
  readonly retryAfter?: number | undefined;
  readonly endpoint?: string | undefined;
  readonly method?: string | undefined;
  readonly fileName?: string | undefined;
}

/** The readers and the book of a simulator with these endpoints and these kinds of faults. */
export function pointFaults<const Name extends string, Points extends PointKinds>(
  endpoints: readonly Name[],
  points: Points,
) {
  type Fault = FaultOf<Points, Name> & PointFault;
  const pointOfKind = new Map(
    Object.entries(points).flatMap(([point, kinds]) => Object.keys(kinds).map((kind) => [kind, point as FaultPoint])),
  );
  const pointOf = ({ kind, when }: PointFault) => (when === 'after' ? 'accepted' : pointOfKind.get(kind)!);
  const { kinds, readRule } = ruleReader(Object.assign({}, ...Object.values(points)), selection(endpoints));

  /** Reads a rule from JSON. @throws {SimulatorInputError} for an unknown kind, field or value */
  function readFault(value: unknown): Fault {
    const fault = readRule(value) as unknown as Fault;
    if (fault.fileName !== undefined && !['job', 'accepted'].includes(pointOf(fault))) {
      throw new SimulatorInputError(
        'A fault by fileName must come after accepting (when: after): the name is not known earlier.',
      );
    }
    return fault;
  }
  return {
    faultKinds: kinds,
    readFault,
    /** Reads a rule from a flag such as `status,status=429,nth=2`: the kind, then the keys of the JSON form. */
    parseFault: (flag: string): Fault => readFault(parseFlag(flag)),
    /** No rule yet. */
    newFaults: () => new PointFaults<Fault>(pointOf),
  };
}

/** The properties of a request that rules can select. */
export interface FaultTarget {
  readonly endpoint: string;
  readonly method: string;
  readonly fileName?: string | undefined;
  /** The kinds of the faults that it has met. */
  readonly faults: string[];
}

/** The active rules. */
export class PointFaults<Fault extends PointFault> extends FaultBook<Fault> {
  readonly #pointOf: (fault: Fault) => FaultPoint;

  constructor(pointOf: (fault: Fault) => FaultPoint) {
    super();
    this.#pointOf = pointOf;
  }

  /** The faults for this request at this point. Each matching rule counts it, and the request records them. */
  meet(point: FaultPoint, target: FaultTarget): Fault[] {
    const faults = this.take((fault) => this.#pointOf(fault) === point && matches(fault, target));
    target.faults.push(...faults.map(({ kind }) => kind));
    return faults;
  }
}

function matches(fault: PointFault, target: FaultTarget): boolean {
  if (fault.endpoint !== undefined && fault.endpoint !== target.endpoint) return false;
  if (fault.method !== undefined && fault.method.toUpperCase() !== target.method) return false;
  return fault.fileName === undefined || (target.fileName ?? '').includes(fault.fileName);
}
