/** The ad accounts of a group. */
import type { Reply } from '../../shared/reply.ts';
import { type AdAccount, marketOf } from '../accounts.ts';
import { zonedTime } from '../jobs.ts';
import { invalid } from '../refusal.ts';
import type { Call } from '../world.ts';
import { checkGroup } from './checks.ts';
import { pageOf } from './paging.ts';
import { by, type Compare, sortOf } from './sorting.ts';

const orders: Record<string, Compare<AdAccount>> = {
  id: by(({ id }) => id),
  name: by(({ name }) => name),
  configuredStatus: by(configuredStatus),
  currency: by((account) => marketOf(account).currency),
  timezone: by((account) => marketOf(account).timezone),
  createdDate: by(({ created }) => created),
};

/** Linked ad accounts unless `includeLinked=false`; removed ones with `includeRemoved=true`; `name` finds parts. */
export function listAdAccounts(call: Call): Reply {
  checkGroup(call);
  const { query, state, key } = call;
  const includeLinked = flagOf(query, 'includeLinked', true);
  const includeRemoved = flagOf(query, 'includeRemoved', false);
  const { compare, sorts } = sortOf(query, orders);
  const found = [...state.adAccounts.values()]
    .filter((account) => (account.removed ? includeRemoved : includeLinked && account.linked))
    .filter((account) => key.adAccounts?.includes(account.id) ?? true)
    .filter((account) => account.name.includes(query.get('name') ?? ''))
    .sort(compare);
  const { page, size, totalElements, items } = pageOf(query, found);
  return {
    status: 200,
    json: { paging: { page, size, totalElements, sorts }, datas: items.map(adAccountJson) },
  };
}

function flagOf(query: URLSearchParams, name: string, otherwise: boolean): boolean {
  const given = query.get(name);
  if (given === null) return otherwise;
  if (given !== 'true' && given !== 'false')
    throw invalid('INVALID_VALUE', name, `${name} must be true or false`);
  return given === 'true';
}

function adAccountJson(account: AdAccount): Record<string, unknown> {
  const date = zonedTime(account.created, account.utcOffsetMinutes);
  return {
    id: account.id,
    name: account.name,
    configuredStatus: configuredStatus(account),
    productType: 'PERFORMANCE',
    ...marketOf(account),
    createdDate: date,
    modifiedDate: date,
  };
}

function configuredStatus({ removed }: AdAccount): string {
  return removed ? 'REMOVED' : 'ACTIVE';
}
