import { requireInteger, segment } from '../check.ts';
import { everyItem, json, readAdAccount, readPagedList } from '../readers.ts';
import { type RequestOptions, requestOptions, type Send } from '../request.ts';
import type { AdAccount } from '../types.ts';

/**
 * Which ad accounts to list, and in which order.
 *
 * @example
 * import type { ListAdAccountsOptions } from '@lineup/line-ads';
 *
 * const options: ListAdAccountsOptions = { includeLinked: true, sort: 'name,asc' };
 */
export interface ListAdAccountsOptions extends RequestOptions {
  /** Also list accounts that a link request has linked to the group. */
  includeLinked?: boolean | undefined;
  includeRemoved?: boolean | undefined;
  name?: string | undefined;
  /** Items per page. @default 100 */
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

  /** Every ad account of the group. A page is requested when the loop reaches it. */
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
