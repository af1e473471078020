/** What the faults of a request do to it, to its audience, and to its answer. */
import type { Met, Outcome } from '../shared/outcome.ts';
import { applyPoint } from '../shared/point-faults.ts';
import type { Fault, FaultPoint } from './faults.ts';
import { refusalReply } from './refusal.ts';
import type { RequestRecord } from './state.ts';
import type { World } from './world.ts';

/** Applies the faults of this point. */
export const applyFaults = (world: World, point: FaultPoint, record: RequestRecord): Promise<Met<Fault>> =>
  applyPoint<Fault, FaultPoint>(world, point, record, {
    meanwhile: (fault) => meanwhile(world, fault, record),
    outcomeOf,
  });

/** What somebody else does at LINE at this moment. */
function meanwhile({ state, clock }: World, fault: Fault, { audienceId = '', accessKey = '' }: RequestRecord): void {
  if (fault.kind === 'audience_deleted') state.deleteAudience(audienceId);
  else if (fault.kind === 'audience_renamed') state.renameAudience(audienceId, fault.name);
  else if (fault.kind === 'key_revoked') {
    state.revokeKey(accessKey, fault.ms === undefined ? Number.POSITIVE_INFINITY : clock.time() + fault.ms);
  }
}

function outcomeOf(fault: Fault): Outcome | null {
  if (fault.kind === 'reset') return { reset: fault.when ?? 'before' };
  if (fault.kind === 'busy')
    return refusalReply({ status: 400, reason: fault.reason ?? 'LOCK_DEFAULT', property: undefined });
  if (fault.kind !== 'status') return null;
  const { status = 503, reason, property, retryAfter } = fault;
  const reply = refusalReply({ status, reason, property });
  return retryAfter === undefined ? reply : { ...reply, headers: { 'retry-after': String(retryAfter) } };
}
