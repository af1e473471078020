/** The accounts that a Business ID can work with directly. */
import { type Open, requestOptions } from '../../../client-core/src/request.ts';
import { requireInteger, requireOneOf, requireText } from '../../../client-core/src/validation.ts';
import { entriesOf, everyEntry, placeOf } from '../paging.ts';
import type { ReadOptions, Send } from '../request.ts';
import { idNumber, type Nullable } from '../values.ts';

/**
 * An account that the consenting person can work with. Every other property may be null.
 *
 * @example
 * import type { BaseAccount } from '@lineup/ly-ads';
 *
 * const isWritable = ({ authType, isTestAccount, accountStatus }: BaseAccount): boolean =>
 *   authType === 'UPDATABLE' && isTestAccount === false && accountStatus === 'SERVING';
 */
export interface BaseAccount {
  accountId: string;
  accountName: string | null;
  accountStatus: Open<'SERVING' | 'SUSPENDED' | 'ENDED' | 'UNKNOWN'> | null;
  /** Writing needs `UPDATABLE`. */
  authType: Open<'UPDATABLE' | 'REFERABLE' | 'UNKNOWN'> | null;
  /** It stands above ad accounts, which `accounts` lists. */
  isMccAccount: boolean | null;
  /** LY takes no uploads for it. */
  isTestAccount: boolean | null;
}

/**
 * One page of base accounts.
 *
 * @example
 * import type { BaseAccountPage } from '@lineup/ly-ads';
 *
 * const isLast = ({ items, totalNumEntries }: BaseAccountPage): boolean => items.length >= (totalNumEntries ?? 0);
 */
export interface BaseAccountPage {
  items: BaseAccount[];
  totalNumEntries: number | null;
  /** The Business ID that has consented. */
  authorizationBusinessId: string | null;
}

const testAccounts = ['ALL', 'ONLY_TEST', 'EXCLUDE_TEST'] as const;
const kinds = ['ALL', 'ONLY_MCC', 'ONLY_ROOT_MCC', 'ONLY_ADS_ACCOUNT'] as const;

/**
 * Which base accounts to list.
 *
 * @example
 * import type { ListBaseAccountsOptions } from '@lineup/ly-ads';
 *
 * const options: ListBaseAccountsOptions = { includeMccAccount: 'ONLY_ADS_ACCOUNT' };
 */
export interface ListBaseAccountsOptions extends ReadOptions {
  accountIds?: readonly string[] | undefined;
  /** A part of the name. */
  accountName?: string | undefined;
  /** @default 'ALL' */
  includeTestAccount?: (typeof testAccounts)[number] | undefined;
  /** @default 'ALL' */
  includeMccAccount?: (typeof kinds)[number] | undefined;
  /** Items per page, at most 200. @default 200 */
  numberResults?: number | undefined;
}

const own = [
  'background',
  'accountIds',
  'accountName',
  'includeTestAccount',
  'includeMccAccount',
  'numberResults',
] as const satisfies (keyof ListBaseAccountsOptions)[];

/**
 * The accounts that the Business ID behind the token can work with directly (`BaseAccountService`).
 *
 * @example
 * import { LyAdsClient } from '@lineup/ly-ads';
 *
 * const client = new LyAdsClient({ clientId: 'my-client-id', token: async () => 'my-token' });
 * for await (const { accountId, accountName } of client.baseAccounts.list()) console.log(accountId, accountName);
 */
export class BaseAccounts {
  readonly #send: Send;

  constructor(send: Send) {
    this.#send = send;
  }

  /** Every base account. A page is requested when the loop reaches it. */
  list(options: ListBaseAccountsOptions = {}): AsyncIterableIterator<BaseAccount> {
    const { numberResults = 200 } = options;
    const pageOf = this.#pages(options, own);
    return everyEntry(pageOf, numberResults, ({ accountId }) => accountId);
  }

  /** One page. The first `page` is 1. */
  page(options: ListBaseAccountsOptions & { page?: number | undefined } = {}): Promise<BaseAccountPage> {
    const { page = 1 } = options;
    requireInteger('page', page, 1);
    return this.#pages(options, [...own, 'page'])(page);
  }

  #pages(options: ListBaseAccountsOptions, names: readonly string[]): (page: number) => Promise<BaseAccountPage> {
    const checked = requestOptions(options, names);
    const { accountIds, accountName, numberResults = 200, background } = options;
    const { includeTestAccount = 'ALL', includeMccAccount = 'ALL' } = options;
    requireInteger('numberResults', numberResults, 1, 200);
    requireOneOf('includeTestAccount', includeTestAccount, testAccounts);
    requireOneOf('includeMccAccount', includeMccAccount, kinds);
    if (accountName !== undefined) requireText('accountName', accountName);
    const ids = accountIds?.map((id) => idNumber('accountIds', id));
    return (page) =>
      this.#send({
        service: 'BaseAccountService',
        action: 'get',
        kind: 'read',
        body: {
          accountIds: ids,
          accountName,
          includeTestAccount,
          includeMccAccount,
          ...placeOf(page, numberResults),
        },
        parse: (rval) => ({
          ...entriesOf(rval, 'account', readBaseAccount),
          authorizationBusinessId:
            typeof rval.authorizationBusinessId === 'string' ? rval.authorizationBusinessId : null,
        }),
        options: checked,
        background,
      });
  }
}

function readBaseAccount(value: Nullable): BaseAccount | undefined {
  const accountId = value.id('accountId');
  if (accountId === null) return undefined;
  return {
    accountId,
    accountName: value.text('accountName'),
    accountStatus: value.text('accountStatus'),
    authType: value.text('authType'),
    isMccAccount: value.flag('isMccAccount'),
    isTestAccount: value.flag('isTestAccount'),
  };
}
