/** What the faults of a point do: to the time, at the service, and to the answer. */
import type { Clock } from './clock.ts';
import { withProperties } from './json-values.ts';
import type { FaultPoint, FaultTarget, PointFault, PointFaults } from './point-faults.ts';
import { garbled, type Outcome, type Reply } from './reply.ts';

/** The faults of one point of a request. */
export interface Met<Fault> {
  /** What a fault forces. */
  readonly outcome: Outcome | null;
  readonly faults: readonly Fault[];
}

interface Afflicted<Fault extends PointFault> {
  readonly clock: Clock;
  readonly faults: PointFaults<Fault>;
  readonly closing: AbortSignal;
}

/** For kinds of faults: what a fault of this kind does with a world and a request. */
type ByKind<World, Fault extends PointFault, Request, Result> = {
  readonly [Kind in Fault['kind']]?: (fault: Extract<Fault, { kind: Kind }>, world: World, request: Request) => Result;
};

interface Effects<World, Fault extends PointFault, Request> {
  /** What somebody else does at the service at this moment. */
  readonly meanwhile: ByKind<World, Fault, Request, void>;
  /** What the fault makes of the request: an answer, or a refusal that is thrown. A `reset` is always the same. */
  readonly replies: ByKind<World, Fault, Request, Reply>;
}

/** Applies the faults of a point. @throws the refusal that a fault orders */
export type ApplyFaults<World, Fault, Request> = (
  world: World,
  point: FaultPoint,
  request: Request,
) => Promise<Met<Fault>>;

/** First the waiting of all faults of a point, then what others do, then the first answer. */
export function faultEffects<World extends Afflicted<Fault>, Fault extends PointFault, Request extends FaultTarget>({
  meanwhile,
  replies,
}: Effects<World, Fault, Request>): ApplyFaults<World, Fault, Request> {
  type Act<Result> = ((fault: Fault, world: World, request: Request) => Result) | undefined;
  // The function of a kind takes the faults of this kind, but TypeScript cannot follow it.
  const actOf = <Result>(acts: ByKind<World, Fault, Request, Result>, { kind }: Fault) =>
    acts[kind as Fault['kind']] as Act<Result>;

  return async (world, point, request) => {
    const faults = world.faults.meet(point, request);
    if (faults.length === 0) return { outcome: null, faults };
    for (const { kind, ms } of faults as Timed[])
      if (kind === 'slow' && ms !== undefined) await world.clock.sleep(ms, world.closing);
    for (const fault of faults) actOf(meanwhile, fault)?.(fault, world, request);
    for (const fault of faults) {
      const outcome = fault.kind === 'reset' ? resetOf(fault) : actOf(replies, fault)?.(fault, world, request);
      if (outcome) return { outcome: later(outcome, fault), faults };
    }
    return { outcome: null, faults };
  };
}

interface Timed {
  readonly kind: string;
  readonly ms?: number;
}

const resetOf = ({ when = 'before' }: PointFault): Outcome => ({
  reset: when as 'before' | 'middle' | 'read' | 'after',
});

/** With the time that the fault makes the client wait. */
function later(outcome: Outcome, { retryAfter }: PointFault): Outcome {
  if (outcome.reset || retryAfter === undefined) return outcome;
  return { ...outcome, headers: { 'retry-after': String(retryAfter) } };
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
