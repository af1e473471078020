/** What the faults of a request do to it, to its audience, and to its answer. */
import { type ApplyFaults, faultEffects } from '../shared/fault-effects.ts';
import type { Fault } from './faults.ts';
import { refusalReply } from './refusal.ts';
import type { RequestRecord } from './state.ts';
import type { World } from './world.ts';

export const applyFaults: ApplyFaults<World, Fault, RequestRecord> = faultEffects({
  meanwhile: {
    audience_deleted: (_, { state }, { audienceId = '' }) => state.deleteAudience(audienceId),
    audience_renamed: ({ name }, { state }, { audienceId = '' }) => state.renameAudience(audienceId, name),
    key_revoked: ({ ms = Number.POSITIVE_INFINITY }, { state, clock }, { accessKey = '' }) =>
      state.revokeKey(accessKey, clock.time() + ms),
  },
  replies: {
    busy: ({ reason = 'LOCK_DEFAULT' }) => refusalReply({ status: 400, reason, property: undefined }),
    status: ({ status = 503, reason, property }) => refusalReply({ status, reason, property }),
  },
});
