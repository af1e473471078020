/** What the faults of a request do to it, to its list, and to its answer. */
import { type ApplyFaults, faultEffects } from '../shared/fault-effects.ts';
import type { Fault } from './faults.ts';
import { errorJson, type Level, RefusalError } from './refusal.ts';
import type { RequestRecord } from './state.ts';
import { beginPause, type World } from './world.ts';

export const applyFaults: ApplyFaults<World, Fault, RequestRecord> = faultEffects({
  meanwhile: {
    list_removed: (_, { state }, { listId = '' }) => state.removeList(listId),
    list_renamed: ({ name }, { state }, { listId = '' }) => state.renameList(listId, name),
    list_in_use: (_, { state }, { listId = '' }) => state.useList(listId, true),
    connection_stopped: (_, { state }, { listId = '' }) => state.stopConnection(listId),
    token_expired: (_, { state }, { businessId = '' }) => state.grants.expireAccess(businessId),
    tokens_deleted: (_, { state }, { businessId = '' }) => state.grants.deleteTokens(businessId),
  },
  replies: {
    code: ({ code, property, value, level }, world, { clientId }) => {
      if (code === '0003') beginPause(world, clientId);
      throw new RefusalError(code, {
        key: property,
        value,
        ...(level === undefined ? {} : { level: level as Level }),
        detail: 'ordered by a fault',
      });
    },
    status: ({ status = 503, code }) =>
      code === undefined ? { status } : { status, json: { rid: 'fault', errors: [errorJson({ code })] } },
  },
});
