/** The accounts of a person, and the ad accounts below one of them. */
import { z } from 'zod';
import { idJson } from '../../shared/json-values.ts';
import { type Account, type AuthType, accountStatuses, authTypes, directRight } from '../accounts.ts';
import { readRequest, succeeded } from '../refusal.ts';
import type { Call } from '../world.ts';
import { idField, listOf, maybe, pageFields, pageOf, textField, wordField } from './fields.ts';

const flagJson = (value: boolean) => (value ? 'TRUE' : 'FALSE');

const testFilter = maybe(wordField('ONLY_TEST', 'EXCLUDE_TEST', 'ALL')).transform((filter) => filter ?? 'EXCLUDE_TEST');

const common = (most: number) => ({
  accountIds: maybe(listOf(idField, most)),
  accountName: maybe(textField),
  accountStatuses: maybe(listOf(wordField(...accountStatuses), 10)),
  includeTestAccount: testFilter,
  ...pageFields(most),
});

const baseQuery = z.object({
  ...common(200),
  authType: maybe(wordField(...authTypes)),
  includeMccAccount: maybe(wordField('ONLY_MCC', 'ONLY_ROOT_MCC', 'ONLY_ADS_ACCOUNT', 'ALL')).transform(
    (filter) => filter ?? 'ALL',
  ),
});

/** The accounts with direct access, with the right of the person. */
export function listBaseAccounts(call: Call): object {
  const query = readRequest(baseQuery, call.body);
  const found = [...call.state.accounts.values()].flatMap((account) => {
    const right = directRight(call.person, account);
    const isWanted =
      right !== undefined &&
      (query.authType === undefined || query.authType === right) &&
      (query.includeMccAccount === 'ALL' || account.isMcc === (query.includeMccAccount !== 'ONLY_ADS_ACCOUNT'));
    return isWanted && fits(account, query) ? [{ account, right }] : [];
  });
  return {
    authorizationBusinessId: call.person.businessId,
    totalNumEntries: found.length,
    values: pageOf(query, found).map(({ account, right }) => succeeded('account', baseJson(account, right))),
  };
}

const accountQuery = z.object({
  ...common(500),
  includeMccAccount: maybe(wordField('ONLY_MCC_ACCOUNT', 'ONLY_ADS_ACCOUNT')).transform(
    (filter) => filter ?? 'ONLY_ADS_ACCOUNT',
  ),
});

/** The accounts below the base, or the base itself when it is an ad account. */
export function listAccounts(call: Call): object {
  const query = readRequest(accountQuery, call.body);
  const isListed = (account: Account) => account !== call.base || call.world.settings.ownAccount === 'listed';
  const found = below(call).filter(
    (account) =>
      isListed(account) && account.isMcc === (query.includeMccAccount === 'ONLY_MCC_ACCOUNT') && fits(account, query),
  );
  return {
    authorizationBusinessId: call.person.businessId,
    totalNumEntries: found.length,
    values: pageOf(query, found).map((account) => succeeded('account', accountJson(account))),
  };
}

/** The base account of a request, and all accounts below it. */
export function below({ state, base }: Pick<Call, 'state' | 'base'>): Account[] {
  const isBelow = (account: Account | undefined, steps = 0): boolean =>
    account !== undefined &&
    steps < 10 &&
    (account.id === base?.id ||
      (account.parent !== undefined && isBelow(state.accounts.get(account.parent), steps + 1)));
  return [...state.accounts.values()].filter((account) => isBelow(account));
}

interface Filter {
  readonly accountIds?: readonly string[] | undefined;
  readonly accountName?: string | undefined;
  readonly accountStatuses?: readonly string[] | undefined;
  readonly includeTestAccount: 'ONLY_TEST' | 'EXCLUDE_TEST' | 'ALL';
}

const fits = (account: Account, { accountIds, accountName, accountStatuses, includeTestAccount }: Filter): boolean =>
  (accountIds?.includes(account.id) ?? true) &&
  (accountName === undefined || account.name.includes(accountName)) &&
  (accountStatuses?.includes(account.status) ?? true) &&
  (includeTestAccount === 'ALL' || account.isTest === (includeTestAccount === 'ONLY_TEST'));

const baseJson = ({ id, name, status, isMcc, isTest, parent }: Account, right: AuthType) => ({
  accountId: idJson(id),
  accountName: name,
  accountStatus: status,
  authType: right,
  isMccAccount: flagJson(isMcc),
  isRootMccAccount: flagJson(isMcc && parent === undefined),
  isTestAccount: flagJson(isTest),
});

const accountJson = ({ id, name, status, isMcc, isTest }: Account) => ({
  accountId: idJson(id),
  accountName: name,
  accountStatus: status,
  deliveryStatus: status === 'SERVING' ? 'ACTIVE' : 'PAUSED',
  isMccAccount: flagJson(isMcc),
  isTestAccount: flagJson(isTest),
});
