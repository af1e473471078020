/** The calls of a group: its ad accounts, and its requests for access to the ad accounts of others. */
import { everyItem, type Open, type Page, requestOptions } from '../../../client-core/src/request.ts';
import {
  asId,
  asList,
  asNumber,
  asObject,
  asText,
  type JsonObject,
  json,
  optionalNumber,
  presentTexts,
  requireInteger,
  requireText,
} from '../../../client-core/src/validation.ts';
import type { RequestOptions, Send } from '../request.ts';
import { segment } from '../validation.ts';

/**
 * An ad account. Dates are ISO 8601 in the time zone of the ad account.
 *
 * @example
 * import type { AdAccount } from '@lineup/line-ads';
 *
 * const zone = (account: AdAccount): string => account.timezone ?? 'Asia/Tokyo';
 */
export interface AdAccount {
  id: string;
  name: string;
  configuredStatus?: Open<'ACTIVE' | 'PAUSED' | 'REMOVED'>;
  /** `PERFORMANCE`: performance ads; `BRAND`: reserved ones. */
  productType?: Open<'PERFORMANCE' | 'BRAND'>;
  /** Two letters, e.g. `JP`. */
  country?: string;
  /** Three letters, e.g. `JPY`. */
  currency?: string;
  /** A name such as `Asia/Tokyo`. */
  timezone?: string;
  createdDate?: string;
  modifiedDate?: string;
  [field: string]: unknown;
}

/**
 * A group's request to work with an ad account. The owner of the account approves it. Dates are ISO 8601 in UTC.
 *
 * @example
 * import type { LinkRequest } from '@lineup/line-ads';
 *
 * const waits = ({ status }: LinkRequest): boolean => status === 'WAITING_APPROVAL';
 */
export interface LinkRequest {
  /** A number, unlike the ids of ad accounts and audiences. */
  id: number;
  sourceGroupId: string;
  sourceGroupName?: string;
  targetAdaccountId: string;
  /** Not while the request waits for approval. */
  targetAdaccountName?: string;
  /** Lists of LINE contain no `CANCELED` and no `UNLINKED` ones. */
  status: Open<'WAITING_APPROVAL' | 'REJECTED' | 'LINKED' | 'CANCELED' | 'UNLINKED'>;
  targetType?: Open<'ADACCOUNT'>;
  createdDate: string;
  /** Not while the request waits for approval. */
  modifiedDate?: string;
  [field: string]: unknown;
}

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

  /**
   * Every link request of the group, except canceled and unlinked ones, which LINE does not list. A page is requested
   * when the loop reaches it.
   */
  list(groupId: string, options: ListLinkRequestsOptions = {}): AsyncIterableIterator<LinkRequest> {
    const { size = 100, sort } = options;
    requireInteger('size', size, 1);
    const checked = requestOptions(options, ['size', 'sort']);
    const path = linkRequests(groupId);
    const pageOf = (page: number) =>
      this.#send({
        method: 'GET',
        path,
        kind: 'read',
        query: { page, size, sort },
        parse: json((value) => readPagedList(value, readLinkRequest)),
        options: checked,
      });
    return everyItem(pageOf, ({ id }) => id);
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
    const pageOf = (page: number) =>
      this.#send({
        method: 'GET',
        path,
        kind: 'read',
        query: { includeLinked, includeRemoved, name, page, size, sort },
        parse: json((value) => readPagedList(value, readAdAccount)),
        options: checked,
      });
    return everyItem(pageOf, ({ id }) => id);
  }
}

function readAdAccount(value: JsonObject): AdAccount {
  const { configuredStatus, productType, country, currency, timezone, createdDate, modifiedDate, ...others } = value;
  return {
    ...others,
    id: asId(value.id, 'id'),
    name: asText(value.name),
    ...presentTexts({
      configuredStatus,
      productType,
      country,
      currency,
      timezone,
      createdDate,
      modifiedDate,
    }),
  };
}

function readLinkRequest(value: JsonObject): LinkRequest {
  const { sourceGroupName, targetAdaccountName, targetType, modifiedDate, ...others } = value;
  return {
    ...others,
    id: asNumber(value.id, 'id'),
    sourceGroupId: asText(value.sourceGroupId),
    targetAdaccountId: asText(value.targetAdaccountId),
    status: asText(value.status),
    createdDate: asText(value.createdDate),
    ...presentTexts({ sourceGroupName, targetAdaccountName, targetType, modifiedDate }),
  };
}

/** The lists of a group: `{paging: {page, size, totalElements}, datas}`. */
function readPagedList<T>(value: JsonObject, read: (item: JsonObject) => T): Page<T> {
  const items = asList(value.datas, 'datas', read);
  const { page, size, totalElements } = asObject(value.paging ?? {}, 'paging');
  const [number, perPage, total] = [page, size, totalElements].map(optionalNumber);
  const known = number !== undefined && perPage !== undefined && total !== undefined;
  return { items, hasNext: known ? number * perPage < total : undefined };
}
