/** Checks that several endpoints share: the account of a request, and its list. */
import { type Account, type AuthType, directRight } from '../accounts.ts';
import type { AudienceList } from '../lists.ts';
import { levelOf, RefusalError } from '../refusal.ts';
import type { Call } from '../world.ts';
import { below } from './accounts.ts';

/** The ad account of a request for lists. @throws {RefusalError} */
export function accountOf(call: Call, id: string): Account {
  const { state, record, world, base } = call;
  record.accountId = id;
  const account = state.accounts.get(id);
  if (!account)
    throw new RefusalError('0112', { detail: `there is no account ${id}`, key: 'accountId', violation: 'unknown_id' });
  if (!below(call).includes(account))
    throw new RefusalError('0098', { detail: `the account ${id} is not below the base account ${base?.id}` });
  if (account.isMcc) throw new RefusalError('V0001', { key: 'accountId', value: id, detail: 'an MCC has no lists' });
  if (account.status === 'ENDED') throw new RefusalError('0113', { detail: `the account ${id} is ENDED` });
  if (!account.customerData) {
    throw new RefusalError('210003', {
      level: levelOf(world.settings),
      key: 'accountId',
      value: id,
      detail: `the account ${id} may not use customer data`,
    });
  }
  return account;
}

/** The ad account of a request that changes something. @throws {RefusalError} */
export function writableAccountOf(call: Call, id: string): Account {
  const account = accountOf(call, id);
  if (rightOf(call) !== 'UPDATABLE')
    throw new RefusalError('0098', { detail: `the account ${id} may only be read by ${call.person.businessId}` });
  if (account.status !== 'SERVING')
    throw new RefusalError('I0001', { key: 'accountId', value: id, detail: `the account ${id} is ${account.status}` });
  return account;
}

/** A child has the right of its base. */
const rightOf = ({ person, base }: Call): AuthType | undefined => (base ? directRight(person, base) : undefined);

/** A list of this account. @throws {RefusalError} */
export function listOfAccount(call: Call, account: Account, id: string, key: string): AudienceList {
  call.record.listId = id;
  const list = call.state.list(id);
  if (list?.accountId === account.id) return list;
  throw new RefusalError('110005', {
    level: levelOf(call.world.settings),
    key,
    value: id,
    detail: `the account ${account.id} has no list ${id}`,
    violation: 'unknown_id',
  });
}
