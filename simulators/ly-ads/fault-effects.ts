/** What the faults of a request do to it, to its list, and to its answer. */
import { garbled, type Reply, type Reset } from '../shared/reply.ts';
import type { Fault, FaultPoint } from './faults.ts';
import { isIdJson } from './form.ts';
import { errorJson, type Level, RefusalError } from './refusal.ts';
import type { RequestRecord } from './state.ts';
import type { World } from './world.ts';

type Outcome = (Reply & { reset?: undefined }) | Reset;

/** The faults of one point of a request. */
interface Met {
  /** What a fault forces. */
  readonly outcome: Outcome | null;
  readonly faults: readonly Fault[];
}

/**
 * Applies the faults of this point.
 * @throws {RefusalError} for a code
 */
export async function applyFaults(world: World, point: FaultPoint, record: RequestRecord): Promise<Met> {
  const { endpoint, method, fileName } = record;
  const faults = world.faults.meet(point, { endpoint, method, fileName });
  if (faults.length === 0) return { outcome: null, faults };
  record.faults.push(...faults.map(({ kind }) => kind));
  for (const fault of faults) {
    if (fault.kind === 'slow') await world.clock.sleep(fault.ms, world.closing);
  }
  for (const fault of faults) meanwhile(world, fault, record);
  for (const fault of faults) {
    const outcome = outcomeOf(fault);
    if (outcome) return { outcome, faults };
  }
  return { outcome: null, faults };
}

/** What faults make of a complete answer. */
export function altered(reply: Reply, faults: readonly Fault[]): Reply {
  const changed = new Map<string, string | null>();
  for (const fault of faults) if (fault.kind === 'property') changed.set(fault.property, fault.value ?? null);
  const json = changed.size === 0 ? reply.json : withProperties(reply.json, changed);
  const answered = { ...reply, json };
  return faults.some(({ kind }) => kind === 'garbled') ? garbled(answered) : answered;
}

/** Replaces every property of these names, wherever it is. */
function withProperties(json: unknown, changed: ReadonlyMap<string, string | null>): unknown {
  if (Array.isArray(json)) return json.map((element) => withProperties(element, changed));
  if (typeof json !== 'object' || json === null || isIdJson(json)) return json;
  const entries = Object.entries(json).map(([key, value]) => [
    key,
    changed.has(key) ? changed.get(key) : withProperties(value, changed),
  ]);
  return Object.fromEntries(entries);
}

/** What somebody else does at LY at this moment. */
function meanwhile({ state }: World, fault: Fault, { listId = '', businessId = '' }: RequestRecord): void {
  switch (fault.kind) {
    case 'list_removed':
      state.removeList(listId);
      break;
    case 'list_renamed':
      state.renameList(listId, fault.name);
      break;
    case 'list_in_use':
      state.useList(listId, true);
      break;
    case 'connection_stopped':
      state.stopConnection(listId);
      break;
    case 'token_expired':
      state.grants.expireAccess(businessId);
      break;
    case 'tokens_deleted':
      state.grants.deleteTokens(businessId);
      break;
  }
}

function outcomeOf(fault: Fault): Outcome | null {
  switch (fault.kind) {
    case 'reset':
      return { reset: fault.when ?? 'before' };
    case 'code':
      throw new RefusalError(fault.code, {
        key: fault.property,
        value: fault.value,
        ...(fault.level === undefined ? {} : { level: fault.level as Level }),
        detail: 'ordered by a fault',
      });
    case 'status': {
      const { status = 503, code, retryAfter } = fault;
      const reply = code === undefined ? { status } : { status, json: { rid: 'fault', errors: [errorJson({ code })] } };
      return retryAfter === undefined ? reply : { ...reply, headers: { 'retry-after': String(retryAfter) } };
    }
    default:
      return null;
  }
}
