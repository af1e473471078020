/** The ad accounts of a group. */
import { z } from 'zod';
import type { Reply } from '../../shared/http.ts';
import { type AdAccount, marketOf } from '../accounts.ts';
import { zonedTime } from '../jobs.ts';
import { readQuery } from '../refusal.ts';
import type { Call } from '../world.ts';
import { checkGroup } from './checks.ts';
import { by, type Compare, pageOf, sortedQuery, sortOf } from './lists.ts';

const orders: Record<string, Compare<AdAccount>> = {
  id: by(({ id }) => id),
  name: by(({ name }) => name),
  configuredStatus: by(configuredStatus),
  currency: by((account) => marketOf(account).currency),
  timezone: by((account) => marketOf(account).timezone),
  createdDate: by(({ created }) => created),
};

const truth = z
  .string()
  .regex(/^(?:true|false)$/, 'true or false')
  .transform((word) => word === 'true');

const adAccountQuery = sortedQuery.extend({
  includeLinked: truth.default(true),
  includeRemoved: truth.default(false),
});

/**
 * Lists linked ad accounts unless `includeLinked=false`, and removed ones with `includeRemoved=true`. `name`
 * matches a part of the name.
 */
export function listAdAccounts(call: Call): Reply {
  checkGroup(call);
  const { state, key } = call;
  const query = readQuery(adAccountQuery, call.query);
  const { compare, sorts } = sortOf(query.sort, orders);
  const found = [...state.adAccounts.values()]
    .filter((account) => (account.removed ? query.includeRemoved : query.includeLinked && account.linked))
    .filter((account) => key.adAccounts?.includes(account.id) ?? true)
    .filter((account) => account.name.includes(query.name))
    .sort(compare);
  const { page, size, totalElements, items } = pageOf(query, found);
  return {
    status: 200,
    json: { paging: { page, size, totalElements, sorts }, datas: items.map(adAccountJson) },
  };
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
