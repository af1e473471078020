/** The audience lists of an ad account, and the uploads that fill them. */
import { requestOptions } from '../../../client-core/src/request.ts';
import { type JsonObject, requireInteger } from '../../../client-core/src/validation.ts';
import { entriesOf, everyEntry } from '../paging.ts';
import type { ApiRequest, RequestOptions, Send } from '../request.ts';
import { idNumber, onlyValue, requireBase, valuesOf } from '../values.ts';
import {
  type AudienceList,
  type AudienceListChange,
  type AudienceListPage,
  added,
  changed,
  jobsBody,
  jobsOptions,
  type ListAudienceListsOptions,
  listBody,
  listOptions,
  type NewAudienceList,
  readAudienceList,
  readUploadJob,
  type UploadJob,
  type UploadJobsOptions,
  type UploadOptions,
  uploadSpec,
} from './audience-list-types.ts';

/**
 * The audience lists of an ad account (`AudienceListService`): list, make, change, fill, follow.
 *
 * @example
 * import { LyAdsClient } from '@lineup/ly-ads';
 *
 * const client = new LyAdsClient({ clientId: 'my-client-id', baseAccountId: '1001', token: async () => 'my-token' });
 * const { audienceLists } = client;
 * const { audienceListId } = await audienceLists.add('1002', { audienceListName: 'VIP members', dataDuration: 90 });
 * const { uploadJobId } = await audienceLists.uploadUserList('1002', audienceListId, {
 *   uploadType: 'MAIL_ADDRESS_AND_PHONE_NUMBER',
 *   file: { path: 'hashes.csv', name: 'members.csv' },
 * });
 * const jobs = await audienceLists.uploadJobs('1002', audienceListId, { uploadJobIds: [uploadJobId] });
 * console.log(jobs[0]?.jobStatus); // RECEIVING, then RECEIVED
 */
export class AudienceLists {
  readonly #send: Send;
  readonly #isBased: boolean;

  constructor(send: Send, isBased: boolean) {
    this.#send = send;
    this.#isBased = isBased;
  }

  /** Every list of the account. A page is requested when the loop reaches it. LY cannot search by name. */
  list(accountId: string, options: ListAudienceListsOptions = {}): AsyncIterableIterator<AudienceList> {
    const { numberResults = 1_000 } = options;
    const pageOf = this.#pages(accountId, options, listOptions);
    return everyEntry(pageOf, numberResults, ({ audienceListId }) => audienceListId);
  }

  /** One page. The first `page` is 1. */
  page(
    accountId: string,
    options: ListAudienceListsOptions & { page?: number | undefined } = {},
  ): Promise<AudienceListPage> {
    const { page = 1 } = options;
    requireInteger('page', page, 1);
    return this.#pages(accountId, options, [...listOptions, 'page'])(page);
  }

  #pages(
    accountId: string,
    options: ListAudienceListsOptions,
    names: readonly string[],
  ): (page: number) => Promise<AudienceListPage> {
    const checked = requestOptions(options, names);
    const bodyOf = listBody(accountId, options);
    const { background } = options;
    return (page) =>
      this.#call({
        action: 'get',
        kind: 'read',
        body: bodyOf(page),
        parse: (rval) => entriesOf(rval, 'audienceList', readAudienceList),
        options: checked,
        background,
      });
  }

  /**
   * Makes an empty list of customer data. It is retried only when LY certainly did not take it. After an error with the
   * `outcome` `unknown`, look for the name among the lists.
   */
  add(accountId: string, list: NewAudienceList, options: RequestOptions = {}): Promise<AudienceList> {
    return this.#operate('add', 'single_write', accountId, added(list), options, audienceListIn);
  }

  /** Changes the name, the description or the days of a list of customer data. */
  set(accountId: string, change: AudienceListChange, options: RequestOptions = {}): Promise<AudienceList> {
    return this.#operate('set', 'repeatable_write', accountId, changed(change), options, audienceListIn);
  }

  /** Removes a list, with its members. LY refuses one that an ad group uses (211008). */
  remove(accountId: string, audienceListId: string, options: RequestOptions = {}): Promise<void> {
    const operand = { audienceListId: idNumber('audienceListId', audienceListId) };
    return this.#operate('remove', 'repeatable_write', accountId, operand, options, () => undefined);
  }

  #operate<T>(
    action: string,
    kind: ApiRequest<T>['kind'],
    accountId: string,
    operand: JsonObject,
    options: RequestOptions,
    parse: (rval: JsonObject) => T,
  ): Promise<T> {
    const body = { accountId: idNumber('accountId', accountId), operand: [operand] };
    return this.#call({ action, kind, body, parse, options: requestOptions(options) });
  }

  /**
   * Sends a file to a list of customer data. The file is streamed, so memory does not grow with it. Its members are
   * added, and those that the list has already stay for their days again. LY answers when it has the file and takes it
   * in afterwards: follow `uploadJobs`.
   *
   * It is retried only when LY certainly did not take it. After an error with the `outcome` `unknown`, look for a new
   * job, or send the file again: the list is the same after both.
   */
  uploadUserList(accountId: string, audienceListId: string, options: UploadOptions): Promise<UploadJob> {
    const checked = requestOptions(options, ['uploadType', 'file', 'onProgress']);
    return this.#call({
      action: 'uploadUserList',
      kind: 'single_write',
      query: {
        accountId: idNumber('accountId', accountId),
        audienceListId: idNumber('audienceListId', audienceListId),
        uploadType: options.uploadType,
        compressType: 'NONE',
      },
      upload: uploadSpec(options),
      parse: (rval) => onlyValue(rval, 'uploadJob', readUploadJob),
      options: checked,
    });
  }

  /** LY's jobs for the uploads to a list (`getUploadUserListStatus`), at most 100, without a documented order. */
  uploadJobs(accountId: string, audienceListId: string, options: UploadJobsOptions = {}): Promise<UploadJob[]> {
    return this.#call({
      action: 'getUploadUserListStatus',
      kind: 'read',
      body: jobsBody(accountId, audienceListId, options),
      parse: (rval) => valuesOf(rval, 'uploadJob', readUploadJob),
      options: requestOptions(options, jobsOptions),
      background: options.background,
    });
  }

  #call<T>(request: Omit<ApiRequest<T>, 'service'>): Promise<T> {
    requireBase(this.#isBased);
    return this.#send({ service: 'AudienceListService', ...request });
  }
}

const audienceListIn = (rval: JsonObject): AudienceList => onlyValue(rval, 'audienceList', readAudienceList);
