import { requireInteger, requireText, segment } from '../argument-checks.ts';
import { everyItem, json, readAdAccount, readLinkRequest, readPagedList } from '../readers.ts';
import { type RequestOptions, requestOptions, type Send } from '../request.ts';
import type { AdAccount, LinkRequest } from '../types.ts';

/**
 * How to list link requests.
 *
 * @example
 * import type { ListLinkRequestsOptions } from '@lineup/line-ads';
 *
 * const options: ListLinkRequestsOptions = { size: 20, sort: 'createdDate,asc' };
 */
export interface ListLinkRequestsOptions extends RequestOptions {
  /** Items per page. @default 100 */
  size?: number | undefined;
  /** `id`, `targetAdaccountId`, `status` or `createdDate`, with `,asc` or `,desc`. @default `createdDate,desc` */
  sort?: string | undefined;
}

/**
 * With a link request a group asks the owner of an ad account for access. A write is retried only when LINE certainly
 * did not take it.
 *
 * @example
 * import { LineAdsClient } from '@lineup/line-ads';
 *
 * const { linkRequests } = new LineAdsClient({ accessKey: 'my-access-key', secretKey: 'my-secret-key' });
 * const { id, status } = await linkRequests.create('G1', 'A1');
 * console.log(id, status); // 7 WAITING_APPROVAL
 */
export class LinkRequests {
  readonly #send: Send;

  constructor(send: Send) {
    this.#send = send;
  }

  /** Every link request of the group, except canceled and unlinked ones, which LINE does not list. A page is requested when the loop reaches it. */
  list(groupId: string, options: ListLinkRequestsOptions = {}): AsyncIterableIterator<LinkRequest> {
    const { size = 100, sort } = options;
    requireInteger('size', size, 1);
    const checked = requestOptions(options, ['size', 'sort']);
    const path = linkRequests(groupId);
    return everyItem((page) =>
      this.#send({
        method: 'GET',
        path,
        kind: 'read',
        query: { page, size, sort },
        parse: json((value) => readPagedList(value, readLinkRequest)),
        options: checked,
      }),
    );
  }

  /** Asks for access to an ad account. */
  create(groupId: string, targetAdaccountId: string, options: RequestOptions = {}): Promise<LinkRequest> {
    requireText('targetAdaccountId', targetAdaccountId);
    return this.#send({
      method: 'POST',
      path: `${linkRequests(groupId)}/adaccount`,
      kind: 'single_write',
      body: { targetAdaccountId },
      parse: json(readLinkRequest),
      options: requestOptions(options),
    });
  }

  /** Withdraws a request that waits for approval. */
  cancel(groupId: string, linkRequestId: number, options: RequestOptions = {}): Promise<LinkRequest> {
    return this.#act('cancel', groupId, linkRequestId, options);
  }

  /** Gives up the access to a linked ad account. */
  unlink(groupId: string, linkRequestId: number, options: RequestOptions = {}): Promise<LinkRequest> {
    return this.#act('unlink', groupId, linkRequestId, options);
  }

  #act(
    action: 'cancel' | 'unlink',
    groupId: string,
    linkRequestId: number,
    options: RequestOptions,
  ): Promise<LinkRequest> {
    requireInteger('linkRequestId', linkRequestId, 0, Number.MAX_SAFE_INTEGER);
    return this.#send({
      method: 'POST',
      path: `${linkRequests(groupId)}/${linkRequestId}/${action}`,
      kind: 'single_write',
      parse: json(readLinkRequest),
      options: requestOptions(options),
    });
  }
}

function linkRequests(groupId: string): string {
  return `/v3/groups/${segment('groupId', groupId)}/link-request`;
}

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
