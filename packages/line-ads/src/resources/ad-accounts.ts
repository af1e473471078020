import { requireInteger, segment } from '../check.ts';
import { everyItem } from '../paging.ts';
import { json } from '../parse.ts';
import { readAdAccount, readPagedList } from '../readers.ts';
import type { Send } from '../request.ts';
import { type RequestOptions, requestOptions } from '../request-options.ts';
import type { AdAccount } from '../types.ts';

/**
 * Which ad accounts, and in which order.
 *
 * @example
 * import type { ListAdAccountsOptions } from '@lineup/line-ads';
 *
 * const options: ListAdAccountsOptions = { includeLinked: true, sort: 'name,asc' };
 */
export interface ListAdAccountsOptions extends RequestOptions {
  /** Also accounts that were linked to the group by a link request. */
  includeLinked?: boolean | undefined;
  includeRemoved?: boolean | undefined;
  name?: string | undefined;
  /** Items a page. @default 100 */
  size?: number | undefined;
  /**
   * `id`, `name`, `configuredStatus`, `currency`, `timezone` or `createdDate`, with `,asc` or `,desc`.
   * @default `createdDate,desc`
   */
  sort?: string | undefined;
}

/**
 * The ad accounts that a group works with.
 *
 * @example
 * import { LineAdsClient } from '@lineup/line-ads';
 *
 * const { adAccounts } = new LineAdsClient({ accessKey: 'my-access-key', secretKey: 'my-secret-key' });
 * for await (const { id, name } of adAccounts.list('G1', { includeLinked: true })) console.log(id, name);
 */
export class AdAccounts {
  readonly #send: Send;

  constructor(send: Send) {
    this.#send = send;
  }

  /** Every ad account of the group, a request a page, as the loop gets there. */
  list(groupId: string, options: ListAdAccountsOptions = {}): AsyncIterableIterator<AdAccount> {
    const { includeLinked, includeRemoved, name, size = 100, sort } = options;
    requireInteger('size', size, 1);
    const checked = requestOptions(options, ['includeLinked', 'includeRemoved', 'name', 'size', 'sort']);
    const path = `/v3/groups/${segment('groupId', groupId)}/adaccounts`;
    return everyItem((page) =>
      this.#send({
        method: 'GET',
        path,
        kind: 'read',
        query: { includeLinked, includeRemoved, name, page, size, sort },
        parse: json((value) => readPagedList(value, readAdAccount)),
        options: checked,
      }),
    );
  }
}
