/** Faults that apply at one point of a request: how they select requests, and how they are applied. */
import type { Clock } from './clock.ts';

import { type Counted, counted, FaultBook } from './fault-rules.ts';
import { choice, SimulatorInputError, text } from './input.ts';
import { withProperties } from './json-values.ts';
import type { Met, Outcome } from './outcome.ts';
import { garbled, type Reply } from './reply.ts';

/** The fields that select requests. @param endpoints the names of the endpoints */
export const selection = <const Name extends string>(endpoints: readonly Name[]) => ({
  /** Absent: every endpoint. */
  endpoint: choice(...endpoints).optional(),
  method: text.optional(),
  ...counted,
  /** Only for uploads whose file name contains this, and only for rules that apply after acceptance. */
  fileName: text.optional(),
});

interface Selecting extends Counted {
  readonly endpoint?: string | undefined;
  readonly method?: string | undefined;
  readonly fileName?: string | undefined;
}

/** The properties of a request that rules can select. */
export interface FaultTarget {
  endpoint: string;
  method: string;
  fileName?: string | undefined;
}

/** @throws {SimulatorInputError} for a file name at a point at which it is not known. @returns the fault */
export function checkedFault<Fault extends Selecting>(fault: Fault, knowsFile: boolean): Fault {
  if (fault.fileName === undefined || knowsFile) return fault;
  throw new SimulatorInputError(
    'A fault by fileName must come after accepting (when: after): the name is not known earlier.',
  );
}

/** The active rules. */
export class PointFaults<Fault extends Selecting, Point extends string> extends FaultBook<Fault> {
  readonly #pointOf: (fault: Fault) => Point;

  constructor(pointOf: (fault: Fault) => Point) {
    super();
    this.#pointOf = pointOf;
  }

  /** The faults for this request at this point. Each matching rule counts it. */
  meet(point: Point, target: FaultTarget): Fault[] {
    return this.take((fault) => this.#pointOf(fault) === point && matches(fault, target));
  }
}

function matches(fault: Selecting, target: FaultTarget): boolean {
  if (fault.endpoint !== undefined && fault.endpoint !== target.endpoint) return false;
  if (fault.method !== undefined && fault.method.toUpperCase() !== target.method) return false;
  return fault.fileName === undefined || (target.fileName ?? '').includes(fault.fileName);
}

interface Effects<Fault> {
  /** What somebody else does at the service at this moment. */
  readonly meanwhile: (fault: Fault) => void;
  /** What the fault forces. @throws a refusal */
  readonly outcomeOf: (fault: Fault) => Outcome | null;
}

/** Applies the faults of this point: first their waiting, then what others do, then the first outcome. */
export async function applyPoint<Fault extends Selecting & { kind: string; ms?: number }, Point extends string>(
  world: { readonly clock: Clock; readonly faults: PointFaults<Fault, Point>; readonly closing: AbortSignal },
  point: Point,
  record: FaultTarget & { readonly faults: string[] },
  { meanwhile, outcomeOf }: Effects<Fault>,
): Promise<Met<Fault>> {
  const { endpoint, method, fileName } = record;
  const faults = world.faults.meet(point, { endpoint, method, fileName });
  if (faults.length === 0) return { outcome: null, faults };
  record.faults.push(...faults.map(({ kind }) => kind));
  for (const { kind, ms } of faults) {
    if (kind === 'slow' && ms !== undefined) await world.clock.sleep(ms, world.closing);
  }
  for (const fault of faults) meanwhile(fault);
  for (const fault of faults) {
    const outcome = outcomeOf(fault);
    if (outcome) return { outcome, faults };
  }
  return { outcome: null, faults };
}

interface Altering {
  readonly kind: string;
  readonly property?: string | undefined;
  readonly value?: string | undefined;
}

/** What faults make of a complete answer. */
export function altered(reply: Reply, faults: readonly Altering[]): Reply {
  const changed = new Map<string, string | null>();
  for (const fault of faults)
    if (fault.kind === 'property' && fault.property !== undefined) changed.set(fault.property, fault.value ?? null);
  const json = changed.size === 0 ? reply.json : withProperties(reply.json, changed);
  const answered = { ...reply, json };
  return faults.some(({ kind }) => kind === 'garbled') ? garbled(answered) : answered;
}
