/** List, rename and delete custom audiences. */

import type { Reply } from '../../shared/reply.ts';
import type { AdAccount } from '../accounts.ts';
import { type Audience, audienceJson } from '../audiences.ts';
import { invalid } from '../refusal.ts';
import type { Call } from '../world.ts';
import { adAccountOf, audienceOf, checkName, fieldsOf, oneOf, textField } from './checks.ts';
import { pageOf } from './paging.ts';
import { by, type Compare, directionOf } from './sorting.ts';

/** How to order by each sort key; sizes in words count as nothing. */
const orders: Record<string, Compare<Audience>> = {
  id: by(({ id }) => Number(id)),
  name: by(({ name }) => name),
  functionType: by(({ functionType }) => functionType),
  estimatedAudienceSize: by(sizeOf),
  created: by(({ created }) => created),
};

function sizeOf(audience: Audience): number {
  return /^\d+$/.test(audience.estimatedSize) ? Number(audience.estimatedSize) : 0;
}

/** `name` finds every audience whose name contains it; newest ids come first unless told otherwise. */
export function listAudiences(call: Call): Reply {
  const account = adAccountOf(call);
  const { query, state } = call;
  const key = oneOf(query.get('sortKey') ?? 'id', Object.keys(orders), 'sortKey');
  const direction = directionOf(query.get('sortOrder') ?? 'desc');
  if (direction === undefined) throw invalid('INVALID_ENUM', 'sortOrder', 'sortOrder must be asc or desc');
  const name = query.get('name') ?? '';
  const order = orders[key]!;
  const found = state
    .audiences(account.id)
    .filter((audience) => audience.name.includes(name))
    .sort((a, b) => direction * (order(a, b) || Number(a.id) - Number(b.id)));
  const { items, ...paging } = pageOf(query, found);
  return {
    status: 200,
    json: { ...paging, audienceGroups: items.map((audience) => showAudience(call, account, audience)) },
  };
}

export function renameAudience(call: Call): Reply {
  const account = adAccountOf(call);
  const audience = audienceOf(call, account, call.params.id!, 'id');
  const name = textField(fieldsOf(call.body), 'name');
  checkName(call, account, name, audience.id);
  audience.name = name;
  return { status: 200, json: showAudience(call, account, audience) };
}

/** Deletes all of the ids, separated by commas, or none. */
export function deleteAudiences(call: Call): Reply {
  const account = adAccountOf(call);
  const ids = call.params.ids!.split(',');
  const doomed = ids.map((id) => audienceOf(call, account, id, 'ids'));
  for (const audience of doomed) {
    if (audience.inUse)
      throw invalid('CANNOT_REMOVE_AUDIENCE_STILL_IN_USE', 'ids', `an ad uses audience ${audience.id}`);
    const refers = call.state
      .audiences(account.id)
      .some((one) => one.lookalike?.sourceId === audience.id && !ids.includes(one.id));
    if (refers)
      throw invalid('AUDIENCE_GROUPS_CAN_NOT_DELETE_REFFERED_LOOKALIKE_AUDIENCE_GROUP_STILL_EXISTS', 'ids');
  }
  for (const audience of doomed) call.state.deleteAudience(audience.id);
  return { status: 202 };
}

/** `CustomAudience` as it is now. */
export function showAudience(call: Call, account: AdAccount, audience: Audience): Record<string, unknown> {
  return audienceJson(audience, call.state.isBusy(audience.id), account.utcOffsetMinutes);
}
