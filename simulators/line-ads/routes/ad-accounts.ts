/** The ad accounts of a group. */
import type { Reply } from '../../shared/reply.ts';
import type { AdAccount } from '../accounts.ts';
import { invalid } from '../refusal.ts';
import type { Call } from '../world.ts';
import { checkGroup } from './checks.ts';
import { pageOf } from './paging.ts';

/** Linked ad accounts unless `includeLinked=false`; removed ones with `includeRemoved=true`; `name` finds parts. */
export function listAdAccounts(call: Call): Reply {
  checkGroup(call);
  const { query, state, key } = call;
  const includeLinked = flagOf(query, 'includeLinked', true);
  const includeRemoved = flagOf(query, 'includeRemoved', false);
  const sort = query.get('sort') ?? 'createdDate,DESC';
  const direction = { 'createdDate,ASC': 1, 'createdDate,DESC': -1 }[sort];
  if (direction === undefined)
    throw invalid('INVALID_VALUE', 'sort', 'sort must be createdDate,ASC or createdDate,DESC');
  const found = [...state.adAccounts.values()]
    .filter((account) => (account.removed ? includeRemoved : includeLinked && account.linked))
    .filter((account) => key.adAccounts?.includes(account.id) ?? true)
    .filter((account) => account.name.includes(query.get('name') ?? ''))
    .sort((a, b) => direction * (a.created - b.created));
  const { page, size, totalElements, items } = pageOf(query, found);
  return {
    status: 200,
    json: { paging: { page, size, totalElements, sorts: [sort] }, datas: items.map(adAccountJson) },
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
  return {
    id: account.id,
    name: account.name,
    status: account.removed ? 'REMOVED' : 'ACTIVE',
    createdDate: new Date(account.created).toISOString(),
  };
}
