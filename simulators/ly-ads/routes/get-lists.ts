/** Lists the audience lists of an account. */
import { z } from 'zod';
import { listJson, listTypes } from '../lists.ts';
import { readRequest, succeeded } from '../refusal.ts';
import type { Call } from '../world.ts';
import { accountOf, listOfAccount } from './checks.ts';
import { idField, listOf, maybe, pageFields, pageOf, wordField } from './fields.ts';

const query = z.object({
  accountId: idField,
  audienceListIds: maybe(listOf(idField, 1000)),
  audienceListTypes: maybe(listOf(wordField(...listTypes), 100)),
  sharingStatusFilterType: maybe(wordField('ALL', 'SHARED', 'NOT_SHARED')),
  includeDetail: maybe(z.boolean('true or false')),
  ...pageFields(1000),
});

export function getLists(call: Call): object {
  const wanted = readRequest(query, call.body);
  const account = accountOf(call, wanted.accountId);
  const { audienceListIds: ids, audienceListTypes: types, sharingStatusFilterType: sharing = 'ALL' } = wanted;
  for (const id of ids ?? []) listOfAccount(call, account, id, 'audienceListIds');
  const found = call.state
    .lists(account.id)
    .filter(({ id }) => ids?.includes(id) ?? true)
    .filter(({ type }) => types?.includes(type) ?? true)
    .filter(({ isShared }) => sharing === 'ALL' || isShared === (sharing === 'SHARED'));
  const { settings, clock } = call.world;
  const hasDetail = wanted.includeDetail ?? false;
  return {
    totalNumEntries: found.length,
    values: pageOf(wanted, found).map((list) =>
      succeeded('audienceList', listJson(list, clock.time(), settings, hasDetail)),
    ),
  };
}
