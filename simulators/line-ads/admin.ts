/** The admin requests of this simulator. They are not signed, so they are for this machine only. */
import { type AdminHandlers, ok } from '../shared/admin.ts';
import { fields, read, SimulatorInputError, text, toggle } from '../shared/input.ts';
import { uploadHandlers } from '../shared/upload-handlers.ts';
import type { LinkAction } from './accounts.ts';
import { addElsewhere, readElsewhere } from './elsewhere.ts';
import { jobStatus, zonedTime } from './jobs.ts';
import { serverTime, type World } from './world.ts';

const change = fields({ inUse: toggle.optional(), name: text.optional() });

export const handlers: AdminHandlers<World> = {
  ...uploadHandlers<World>('audiences', {
    inspect,
    parts: ['violations', 'audiences', 'jobs'],
    membersOf: ({ state }, id) => state.audience(id)?.members ?? null,
    jobOf: ({ state }, id) => state.jobs().find((job) => job.id === id),
    remove: ({ state }, id) => state.deleteAudience(id),
  }),
  'POST audiences': ({ world, body }) => ok({ id: addElsewhere(world, readElsewhere(body)).id }),
  'POST audiences/*': ({ world, id, body }) => {
    const audience = world.state.audience(id);
    if (!audience) return null;
    const { inUse = audience.inUse, name = audience.name } = read(change, body, 'the body');
    Object.assign(audience, { inUse, name });
    return ok({ id, inUse, name });
  },
  'POST keys/*/revoke': answerKey(Number.POSITIVE_INFINITY),
  'POST keys/*/restore': answerKey(0),
  'POST link-requests/*/approve': answerLink('approve'),
  'POST link-requests/*/reject': answerLink('reject'),
};

/** The decision of an ad account's owner. */
function answerLink(action: LinkAction): AdminHandlers<World>[string] {
  return ({ world, id }) => {
    const request = world.state.linkRequests.find((request) => request.id === id);
    if (!request) return null;
    if (!world.state.moveLink(request, action, serverTime(world))) {
      throw new SimulatorInputError(`A link request that is ${request.status} cannot be answered.`);
    }
    return ok({ id, status: request.status });
  };
}

/** Revokes an access key until this virtual time. */
function answerKey(until: number): AdminHandlers<World>[string] {
  return ({ world, id }) => {
    if (!world.keys.has(id)) return null;
    world.state.revokeKey(id, until);
    return ok({ id, revoked: world.state.isRevoked(id) });
  };
}

export type Inspection = ReturnType<typeof inspect>;

/**
 * Everything except the members themselves. Times of audiences and jobs are in the ad account's time zone.
 */
export function inspect(world: World) {
  const { state, settings, clock } = world;
  const now = clock.time();
  const zone = (adAccountId: string) => state.adAccounts.get(adAccountId)?.utcOffsetMinutes ?? 0;
  return {
    groupId: world.groupId,
    settings: { ...settings },
    faults: world.faults.list(),
    revokedKeys: [...world.keys.keys()].filter((key) => state.isRevoked(key)),
    adAccounts: [...state.adAccounts.values()].map(({ id, name, linked, removed }) => ({
      id,
      name,
      linked,
      removed,
    })),
    linkRequests: state.linkRequests.map(({ id, targetAdaccountId, status }) => ({
      id,
      targetAdaccountId,
      status,
    })),
    audiences: state.audiences().map((audience) => ({
      id: audience.id,
      adAccountId: audience.adAccountId,
      name: audience.name,
      functionType: audience.functionType,
      status: state.status(audience),
      failedType: audience.failedType,
      estimatedAudienceSize: audience.estimatedSize,
      members: audience.members.size,
      inUse: audience.inUse,
      created: zonedTime(audience.created, zone(audience.adAccountId)),
    })),
    jobs: state.jobs().map((job) => ({
      id: job.id,
      audienceId: job.audienceId,
      adAccountId: job.adAccountId,
      fileName: job.fileName,
      action: job.action,
      status: jobStatus(job, now),
      failedType: job.failedType,
      lines: job.lines,
      bytes: job.bytes,
      stuck: job.stuck !== null,
      request: job.request,
      created: zonedTime(job.created, zone(job.adAccountId)),
    })),
    violations: [...state.violations],
    requests: state.requests.list(),
  };
}
