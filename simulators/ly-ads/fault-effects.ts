/** What the faults of a request do to it, to its list, and to its answer. */
import type { Met, Outcome } from '../shared/outcome.ts';
import { applyPoint } from '../shared/point-faults.ts';
import type { Fault, FaultPoint } from './faults.ts';
import { errorJson, type Level, RefusalError } from './refusal.ts';
import type { RequestRecord } from './state.ts';
import { beginPause, type World } from './world.ts';

/**
 * Applies the faults of this point.
 * @throws {RefusalError} for a code
 */
export const applyFaults = (world: World, point: FaultPoint, record: RequestRecord): Promise<Met<Fault>> =>
  applyPoint<Fault, FaultPoint>(world, point, record, {
    meanwhile: (fault) => meanwhile(world, fault, record),
    outcomeOf: (fault) => {
      if (fault.kind === 'code' && fault.code === '0003') beginPause(world, record.clientId);
      return outcomeOf(fault);
    },
  });

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
