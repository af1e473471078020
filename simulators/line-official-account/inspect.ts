/** The state of the simulator as plain data. */
import { countOf, expiresAt } from './audiences.ts';
import { jobStatus } from './jobs.ts';
import type { World } from './world.ts';

export type Inspection = ReturnType<typeof inspect>;

/** Everything except the members themselves, the files, the secrets and the tokens. */
export function inspect(world: World) {
  const { state, settings, clock } = world;
  const now = clock.time();
  const iso = (time: number) => new Date(time).toISOString();
  return {
    settings: { ...settings },
    faults: world.faults.list(),
    channels: [...state.channels.values()].map(({ id, bot, country, keys }) => ({
      id,
      bot,
      country,
      keys: [...keys.keys()],
      audiences: state.countOf(id),
    })),
    audiences: state.audiences().map((audience) => ({
      id: audience.id,
      channelId: audience.channelId,
      bot: audience.bot,
      name: audience.name,
      type: audience.type,
      createRoute: audience.createRoute,
      isIfaAudience: audience.members.isIfa,
      status: state.status(audience),
      failedType: audience.failedType,
      members: audience.members.size,
      audienceCount: countOf(audience, settings),
      owner: audience.owner,
      created: iso(audience.createdAt),
      expires: Number.isFinite(expiresAt(audience, settings)) ? iso(expiresAt(audience, settings)) : null,
    })),
    jobs: state.jobs().map((job) => ({
      id: job.id,
      audienceId: job.audienceId,
      channelId: job.channelId,
      description: job.description,
      status: jobStatus(job, now),
      failedType: job.failedType,
      sent: job.sent,
      bytes: job.bytes,
      audienceCount: job.count,
      stuck: job.stuck !== null,
      request: job.request,
      created: iso(job.createdAt),
    })),
    violations: [...state.violations],
    requests: state.requests.list(),
  };
}
