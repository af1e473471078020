/** Checks that several endpoints share: the ad account, ids, names, fields. */
import { z } from 'zod';
import type { AdAccount } from '../accounts.ts';
import type { Audience } from '../audiences.ts';
import { invalid, RefusalError } from '../refusal.ts';
import type { Call } from '../world.ts';

/** Counted in code points. */
const longestName = 120;

/** The ad account of the path. @throws {RefusalError} 403 when the key may not use it */
export function adAccountOf(call: Call): AdAccount {
  const id = call.params.adAccountId ?? '';
  if (!/^\w+$/.test(id))
    throw invalid('INVALID_ACCOUNT_ID', 'adaccountId', 'an ad account id holds letters and digits only');
  const account = call.state.adAccounts.get(id);
  const allowed = account?.linked && !account.removed && (call.key.adAccounts?.includes(id) ?? true);
  if (!account || !allowed) {
    throw new RefusalError(403, 'ACCOUNT_NOT_ALLOWED', {
      property: 'adaccountId',
      detail: account ? `the access key is not authorised for ad account ${id}` : `there is no ad account ${id}`,
      violation: 'unknown_id',
    });
  }
  return account;
}

/** Checks the group of the path. @throws {RefusalError} */
export function checkGroup(call: Call): void {
  if (call.params.groupId === call.world.groupId) return;
  throw new RefusalError(400, 'INVALID_GROUP_ID', {
    property: 'groupId',
    detail: `the access key belongs to group ${call.world.groupId}`,
    violation: 'unknown_id',
  });
}

/** An audience of this ad account. @throws {RefusalError} 400 AUDIENCE_GROUP_NOT_FOUND */
export function audienceOf(
  call: Call,
  account: AdAccount,
  id: string,
  property: string,
  reason = 'AUDIENCE_GROUP_NOT_FOUND',
): Audience {
  const audience = call.state.audience(id);
  if (audience?.adAccountId === account.id) return audience;
  throw new RefusalError(400, reason, {
    property,
    detail: `ad account ${account.id} has no custom audience ${id}`,
    violation: 'unknown_id',
  });
}

/** Checks an audience's name; `except` is the audience that is being renamed. @throws {RefusalError} */
export function checkName(call: Call, account: AdAccount, name: string, except?: string): void {
  if (name.trim() === '') throw invalid('AUDIENCE_GROUP_NAME_EMPTY', 'name');
  const length = [...name].length;
  if (length > longestName)
    throw invalid(
      'AUDIENCE_GROUP_NAME_SIZE_OVER',
      'name',
      `the name has ${length} characters, ${longestName} are allowed`,
    );
  if (/\p{Cc}/u.test(name)) throw invalid('AUDIENCE_GROUP_NAME_WRONG', 'name', 'the name holds a control character');
  if (call.world.settings.duplicateNames === 'allow') return;
  if (call.state.audiences(account.id).some((audience) => audience.name === name && audience.id !== except)) {
    throw invalid('AUDIENCE_GROUP_NAME_DUPLICATE', 'name', 'another custom audience has that name');
  }
}

/** An id in a body may be text or a number, because the API itself uses both. */
export const idField = z.preprocess(
  (value) => (typeof value === 'number' ? String(value) : value),
  z.string('digits').regex(/^\d+$/, 'digits'),
);

export const textField = z.string('a text');
