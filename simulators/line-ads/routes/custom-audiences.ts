/** Custom audiences: list, rename, delete, their upload jobs, and their overlap with others. */
import { z } from 'zod';
import type { Reply } from '../../shared/http.ts';
import { choice } from '../../shared/input.ts';
import type { AdAccount } from '../accounts.ts';
import { type Audience, audienceJson } from '../audiences.ts';
import { jobJson } from '../jobs.ts';
import { invalid, readBody, readQuery } from '../refusal.ts';
import type { Call } from '../world.ts';
import { adAccountOf, audienceOf, checkName, idField, textField } from './checks.ts';
import { by, type Compare, listQuery, pageOf } from './lists.ts';

/** How to sort by each key. Sizes that are not numbers count as 0. */
const orders = {
  id: by(({ id }) => Number(id)),
  name: by(({ name }) => name),
  functionType: by(({ functionType }) => functionType),
  estimatedAudienceSize: by(sizeOf),
  created: by(({ created }) => created),
} satisfies Record<string, Compare<Audience>>;

const audienceQuery = listQuery.extend({
  sortKey: choice(...(Object.keys(orders) as (keyof typeof orders)[])).default('id'),
  sortOrder: z.string().toLowerCase().pipe(choice('asc', 'desc')).default('desc'),
});

function sizeOf(audience: Audience): number {
  return /^\d+$/.test(audience.estimatedSize) ? Number(audience.estimatedSize) : 0;
}

/** `name` matches a part of the name. By default the newest ids come first. */
export function listAudiences(call: Call): Reply {
  const account = adAccountOf(call);
  const query = readQuery(audienceQuery, call.query);
  const direction = query.sortOrder === 'asc' ? 1 : -1;
  const order = orders[query.sortKey];
  const found = call.state
    .audiences(account.id)
    .filter((audience) => audience.name.includes(query.name))
    .sort((a, b) => direction * (order(a, b) || Number(a.id) - Number(b.id)));
  const { items, ...paging } = pageOf(query, found);
  return {
    status: 200,
    json: { ...paging, audienceGroups: items.map((audience) => showAudience(call, account, audience)) },
  };
}

const renameBody = z.object({ name: textField });

export function renameAudience(call: Call): Reply {
  const account = adAccountOf(call);
  const audience = audienceOf(call, account, call.params.id!, 'id');
  const { name } = readBody(renameBody, call.body);
  checkName(call, account, name, audience.id);
  audience.name = name;
  return { status: 200, json: showAudience(call, account, audience) };
}

/** Deletes all of the comma-separated ids, or none of them. */
export function deleteAudiences(call: Call): Reply {
  const account = adAccountOf(call);
  const ids = call.params.ids!.split(',');
  const doomed = ids.map((id) => audienceOf(call, account, id, 'ids'));
  for (const audience of doomed) {
    if (audience.inUse)
      throw invalid('CANNOT_REMOVE_AUDIENCE_STILL_IN_USE', 'ids', `an ad uses audience ${audience.id}`);
    const refers = call.state
      .audiences(account.id)
      .some((other) => other.lookalike?.sourceId === audience.id && !ids.includes(other.id));
    if (refers) throw invalid('AUDIENCE_GROUPS_CAN_NOT_DELETE_REFFERED_LOOKALIKE_AUDIENCE_GROUP_STILL_EXISTS', 'ids');
  }
  for (const audience of doomed) call.state.deleteAudience(audience.id);
  return { status: 202 };
}

/** The upload jobs of an audience, newest first. */
export function listUploadJobs(call: Call): Reply {
  const account = adAccountOf(call);
  const audience = audienceOf(call, account, call.params.id!, 'id');
  const now = call.world.clock.time();
  const listed = call.state.jobs(audience.id).filter((job) => now >= job.listedAt);
  const jobs = listed.toReversed();
  return { status: 200, json: { jobs: jobs.map((job) => jobJson(job, now, account.utcOffsetMinutes)) } };
}

const mostCompared = 4;
const compared = `a list of 1 to ${mostCompared} ids`;

const overlapBody = z.object({
  baseId: idField,
  comparedIds: z.preprocess(
    // A value that is not a list counts as an empty list: the mistake is the same.
    (value) => (value === undefined || Array.isArray(value) ? value : []),
    z.array(idField).min(1, compared).max(mostCompared, compared),
  ),
});

/** `rate` is the share of the base's members that are also in the compared audience. */
export function estimateOverlap(call: Call): Reply {
  const account = adAccountOf(call);
  const { baseId, comparedIds } = readBody(overlapBody, call.body);
  const base = audienceOf(call, account, baseId, 'baseId');
  const estimations: Record<string, { rate: number }> = {};
  for (const id of comparedIds) {
    const { members } = audienceOf(call, account, id, 'comparedIds');
    const share = base.members.shared(members) / Math.max(1, base.members.size);
    estimations[id] = { rate: Math.round(10_000 * share) / 10_000 };
  }
  return { status: 200, json: { estimations } };
}

/** The current state of a `CustomAudience`. */
export function showAudience(call: Call, account: AdAccount, audience: Audience): Record<string, unknown> {
  return audienceJson(audience, call.state.isBusy(audience.id), account.utcOffsetMinutes);
}
