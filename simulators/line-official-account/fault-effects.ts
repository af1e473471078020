/** What the faults of a request do to it, and to its audience. */
import { type ApplyFaults, faultEffects } from '../shared/fault-effects.ts';
import type { Fault } from './faults.ts';
import { RefusalError } from './refusal.ts';
import type { RequestRecord } from './state.ts';
import type { World } from './world.ts';

export const applyFaults: ApplyFaults<World, Fault, RequestRecord> = faultEffects({
  meanwhile: {
    audience_deleted: (_, { state }, { audienceId = '' }) => state.deleteAudience(audienceId),
    audience_renamed: ({ name }, { state }, { audienceId = '' }) => state.renameAudience(audienceId, name),
    audience_status: ({ status }, { state }, { audienceId = '' }) => state.forceStatus(audienceId, status),
    token_expired: (_, { state }, { channelId = '' }) => state.tokens.expire(channelId),
  },
  replies: {
    code: ({ code, status, property }) => {
      throw new RefusalError({ code, status, property, detail: 'ordered by a fault' });
    },
    status: ({ status = 503, message }) => (message === undefined ? { status } : { status, json: { message } }),
  },
});
