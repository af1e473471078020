/** Shows an audience with its last uploads. */
import type { Reply } from '../../shared/reply.ts';
import { type Audience, audienceJson } from '../audiences.ts';
import { jobJson, type UploadJob } from '../jobs.ts';
import { refused } from '../refusal.ts';
import type { Call } from '../world.ts';
import { audienceOf, mayWrite } from './checks.ts';

const mostShown = 50;

export function getAudience(call: Call): Reply {
  const audience = audienceOf(call, call.id);
  const adaccount = audience.createRoute === 'AD_MANAGER' ? { adaccount: { name: 'Ad Account Name' } } : {};
  return { status: 200, json: { ...shown(call, audience), ...adaccount } };
}

/** An audience that Business Manager shares, or one of the official account itself. */
export function getShared(call: Call): Reply {
  const { state, channel, id } = call;
  const audience = state.audience(id);
  if (audience?.bot !== channel.bot)
    throw refused('AUDIENCE_GROUP_NOT_FOUND', { detail: `nobody shares an audience ${id}`, violation: 'unknown_id' });
  const owner = audience.owner ?? { serviceType: 'account', id: channel.bot, name: `Account ${channel.bot}` };
  return { status: 200, json: { ...shown(call, audience), owner } };
}

function shown(call: Call, audience: Audience) {
  const { clock, settings } = call.world;
  const now = clock.time();
  const jobs = call.state
    .jobs(audience.id)
    .filter((job) => now >= job.listedAt)
    .slice(-mostShown);
  return {
    audienceGroup: audienceGroup(call, audience),
    jobs: ordered(jobs, settings.jobOrder).map((job) => jobJson(job, now, settings.clockSkewMs)),
  };
}

/** An audience in the form of the API. */
export function audienceGroup(call: Call, audience: Audience) {
  const { state, world } = call;
  return audienceJson(audience, {
    now: world.clock.time(),
    isBusy: state.openUploads(audience.id) > 0,
    settings: world.settings,
    mayWrite: mayWrite(call, audience),
  });
}

function ordered(jobs: readonly UploadJob[], order: Call['world']['settings']['jobOrder']): UploadJob[] {
  if (order === 'oldest-first') return [...jobs];
  return order === 'newest-first' ? jobs.toReversed() : jobs.toSorted((a, b) => shuffled(a) - shuffled(b));
}

/** A place that has nothing to do with the time, but is always the same. */
const shuffled = ({ id }: UploadJob): number => Math.imul(Number(id), 0x9e3779b1) >>> 0;
