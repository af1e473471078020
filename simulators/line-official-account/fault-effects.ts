/** What the faults of a request do to it, and to its audience. */
import type { Met, Outcome } from '../shared/outcome.ts';
import { applyPoint } from '../shared/point-faults.ts';
import type { Fault, FaultPoint } from './faults.ts';
import { RefusalError } from './refusal.ts';
import type { RequestRecord } from './state.ts';
import type { World } from './world.ts';

/**
 * Applies the faults of this point.
 * @throws {RefusalError} for a code
 */
export const applyFaults = (world: World, point: FaultPoint, record: RequestRecord): Promise<Met<Fault>> =>
  applyPoint<Fault, FaultPoint>(world, point, record, {
    meanwhile: (fault) => meanwhile(world, fault, record),
    outcomeOf,
  });

/** What somebody else does at LINE at this moment. */
function meanwhile({ state }: World, fault: Fault, { audienceId = '', channelId = '' }: RequestRecord): void {
  switch (fault.kind) {
    case 'audience_deleted':
      state.deleteAudience(audienceId);
      break;
    case 'audience_renamed':
      state.renameAudience(audienceId, fault.name);
      break;
    case 'audience_status':
      state.forceStatus(audienceId, fault.status);
      break;
    case 'token_expired':
      state.tokens.expire(channelId);
      break;
  }
}

function outcomeOf(fault: Fault): Outcome | null {
  switch (fault.kind) {
    case 'reset':
      return { reset: fault.when ?? 'before' };
    case 'code':
      throw new RefusalError({
        code: fault.code,
        status: fault.status,
        property: fault.property,
        detail: 'ordered by a fault',
      });
    case 'status': {
      const { status = 503, message, retryAfter } = fault;
      const reply = message === undefined ? { status } : { status, json: { message } };
      return retryAfter === undefined ? reply : { ...reply, headers: { 'retry-after': String(retryAfter) } };
    }
    default:
      return null;
  }
}
