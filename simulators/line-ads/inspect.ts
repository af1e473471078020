/** What the simulator knows, as plain data for tests and for the admin endpoint. */
import { jobStatus, zonedTime } from './jobs.ts';
import type { World } from './world.ts';

export type Inspection = ReturnType<typeof inspect>;

/** Everything but the members themselves; times of audiences and jobs in the ad account's zone. */
export function inspect(world: World) {
  const { state, settings, clock } = world;
  const now = clock.time();
  const zone = (adAccountId: string) => state.adAccounts.get(adAccountId)?.utcOffsetMinutes ?? 0;
  return {
    groupId: world.groupId,
    settings: { ...settings },
    faults: world.faults.list(),
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
    requests: state.requests.map((record) => ({ ...record })),
  };
}
