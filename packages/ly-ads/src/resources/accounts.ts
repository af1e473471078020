/** The ad accounts below a base account. */
import { type Open, requestOptions } from '../../../client-core/src/request.ts';
import { requireInteger, requireOneOf, requireText } from '../../../client-core/src/validation.ts';
import { entriesOf, everyEntry, placeOf } from '../paging.ts';
import type { ReadOptions, Send } from '../request.ts';
import { idNumber, type Nullable, requireBase } from '../values.ts';

/**
 * An ad account below the base account. Its right is that of the base account. Every other property may be null.
 *
 * @example
 * import type { Account } from '@lineup/ly-ads';
 *
 * const isServing = ({ accountStatus }: Account): boolean => accountStatus === 'SERVING';
 */
export interface Account {
  accountId: string;
  accountName: string | null;
  accountStatus: Open<'INPROGRESS' | 'WAIT_DECIDE' | 'SERVING' | 'SUSPENDED' | 'ENDED' | 'UNKNOWN'> | null;
  deliveryStatus: Open<'ACTIVE' | 'PAUSED' | 'UNKNOWN'> | null;
  /** LY takes no uploads for it. */
  isTestAccount: boolean | null;
}

/**
 * One page of accounts.
 *
 * @example
 * import type { AccountPage } from '@lineup/ly-ads';
 *
 * const names = ({ items }: AccountPage): (string | null)[] => items.map(({ accountName }) => accountName);
 */
export interface AccountPage {
  items: Account[];
  totalNumEntries: number | null;
}

const testAccounts = ['ALL', 'ONLY_TEST', 'EXCLUDE_TEST'] as const;
const kinds = ['ONLY_ADS_ACCOUNT', 'ONLY_MCC_ACCOUNT'] as const;

/**
 * Which accounts to list.
 *
 * @example
 * import type { ListAccountsOptions } from '@lineup/ly-ads';
 *
 * const options: ListAccountsOptions = { accountIds: ['1002'], includeTestAccount: 'EXCLUDE_TEST' };
 */
export interface ListAccountsOptions extends ReadOptions {
  /** At most 500. */
  accountIds?: readonly string[] | undefined;
  /** A part of the name. */
  accountName?: string | undefined;
  /** @default 'ALL' */
  includeTestAccount?: (typeof testAccounts)[number] | undefined;
  /** @default 'ONLY_ADS_ACCOUNT' */
  includeMccAccount?: (typeof kinds)[number] | undefined;
  /** Items per page, at most 500. @default 500 */
  numberResults?: number | undefined;
}

const own = [
  'background',
  'accountIds',
  'accountName',
  'includeTestAccount',
  'includeMccAccount',
  'numberResults',
] as const satisfies (keyof ListAccountsOptions)[];

/**
 * The ad accounts below the base account of the client (`AccountService`).
 *
 * @example
 * import { LyAdsClient } from '@lineup/ly-ads';
 *
 * const client = new LyAdsClient({ clientId: 'my-client-id', baseAccountId: '1001', token: async () => 'my-token' });
 * for await (const { accountId, accountName } of client.accounts.list()) console.log(accountId, accountName);
 */
export class Accounts {
  readonly #send: Send;
  readonly #isBased: boolean;

  constructor(send: Send, isBased: boolean) {
    this.#send = send;
    this.#isBased = isBased;
  }

  /** Every account. A page is requested when the loop reaches it. */
  list(options: ListAccountsOptions = {}): AsyncIterableIterator<Account> {
    const { numberResults = 500 } = options;
    const pageOf = this.#pages(options, own);
    return everyEntry(pageOf, numberResults, ({ accountId }) => accountId);
  }

  /** One page. The first `page` is 1. */
  page(options: ListAccountsOptions & { page?: number | undefined } = {}): Promise<AccountPage> {
    const { page = 1 } = options;
    requireInteger('page', page, 1);
    return this.#pages(options, [...own, 'page'])(page);
  }

  #pages(options: ListAccountsOptions, names: readonly string[]): (page: number) => Promise<AccountPage> {
    requireBase(this.#isBased);
    const checked = requestOptions(options, names);
    const { accountIds, accountName, numberResults = 500, background } = options;
    const { includeTestAccount = 'ALL', includeMccAccount = 'ONLY_ADS_ACCOUNT' } = options;
    requireInteger('numberResults', numberResults, 1, 500);
    requireOneOf('includeTestAccount', includeTestAccount, testAccounts);
    requireOneOf('includeMccAccount', includeMccAccount, kinds);
    if (accountName !== undefined) requireText('accountName', accountName);
    const ids = accountIds?.map((id) => idNumber('accountIds', id));
    return (page) =>
      this.#send({
        service: 'AccountService',
        action: 'get',
        kind: 'read',
        body: {
          accountIds: ids,
          accountName,
          includeTestAccount,
          includeMccAccount,
          ...placeOf(page, numberResults),
        },
        parse: (rval) => entriesOf(rval, 'account', readAccount),
        options: checked,
        background,
      });
  }
}

function readAccount(value: Nullable): Account | undefined {
  const accountId = value.id('accountId');
  if (accountId === null) return undefined;
  return {
    accountId,
    accountName: value.text('accountName'),
    accountStatus: value.text('accountStatus'),
    deliveryStatus: value.text('deliveryStatus'),
    isTestAccount: value.flag('isTestAccount'),
  };
}
