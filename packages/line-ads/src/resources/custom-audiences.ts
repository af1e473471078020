import {
  requireFunction,
  requireInteger,
  requireName,
  requireOneOf,
  requireText,
  segment,
  segments,
  show,
} from '../check.ts';
import { LineAdsError } from '../errors.ts';
import { everyItem } from '../paging.ts';
import { json } from '../parse.ts';
import { readCustomAudience, readCustomAudiencePage, readOverlap, readUploadJobs } from '../readers.ts';
import type { Send } from '../request.ts';
import { type RequestOptions, requestOptions } from '../request-options.ts';
import type {
  CustomAudience,
  CustomAudiencePage,
  CustomAudienceUploadJob,
  FunctionType,
  IdType,
  OverlapEstimations,
} from '../types.ts';
import type { UploadFile } from '../upload-file.ts';

const sortKeys = ['id', 'name', 'functionType', 'estimatedAudienceSize', 'created'] as const;
const sortOrders = ['asc', 'desc'] as const;

/**
 * Which custom audiences, and in which order.
 *
 * @example
 * import type { ListCustomAudiencesOptions } from '@lineup/line-ads';
 *
 * const options: ListCustomAudiencesOptions = { name: 'VIP', sortKey: 'created', sortOrder: 'desc' };
 */
export interface ListCustomAudiencesOptions extends RequestOptions {
  /** Only audiences whose name holds this. Whether LINE compares whole names or parts is not documented. */
  name?: string | undefined;
  /** Items a page. @default 100 */
  size?: number | undefined;
  sortKey?: (typeof sortKeys)[number] | undefined;
  sortOrder?: (typeof sortOrders)[number] | undefined;
}

/** An existing audience by `id`, or a new one by `name`: an upload with a name creates the audience. */
type UploadTarget = { id: string; name?: undefined } | { name: string; id?: undefined };

/**
 * What is uploaded, and to which audience.
 *
 * @example
 * import type { UploadOptions } from '@lineup/line-ads';
 *
 * const upload: UploadOptions = {
 *   id: '5343822743475',
 *   action: 'REPLACE',
 *   idType: 'HASHED_EMAIL',
 *   file: { path: 'hashes.txt', name: 'vip-members-2.txt' },
 *   onProgress: (bytes) => console.error(`${bytes} bytes sent`),
 * };
 */
export type UploadOptions = UploadTarget &
  RequestOptions & {
    /**
     * `ADD` adds the lines to the members, `REPLACE` makes them the members. There is no removal. The first upload of
     * a new audience should be `ADD`.
     */
    action: 'ADD' | 'REPLACE';
    idType: IdType;
    /**
     * One value a line, UTF-8 without BOM, no header, at most 62,914,560 bytes; read as it is sent, from `path` or by
     * `read`, and known to LINE by `name`.
     */
    file: UploadFile;
    /** Told the bytes of the file that were handed to the connection so far; from the start again when it is retried. */
    onProgress?: ((bytesSent: number) => void) | undefined;
  };

/**
 * How upload jobs are asked for.
 *
 * @example
 * import type { UploadJobsOptions } from '@lineup/line-ads';
 *
 * const patient: UploadJobsOptions = { background: true };
 */
export interface UploadJobsOptions extends RequestOptions {
  /** The look can wait: it leaves LINE's limit to other requests (docs/line-ads-client.md). @default false */
  background?: boolean | undefined;
}

/**
 * An audience that is not made of uploads; each type brings its own object, e.g. `lookalike`.
 *
 * @example
 * import type { NewCustomAudience } from '@lineup/line-ads';
 *
 * const audience: NewCustomAudience = { name: 'Friends', functionType: 'ACCOUNT_FRIENDS' };
 */
export interface NewCustomAudience {
  name: string;
  functionType: FunctionType;
  [field: string]: unknown;
}

/**
 * A lookalike audience to be made.
 *
 * @example
 * import type { NewLookalike } from '@lineup/line-ads';
 *
 * const lookalike: NewLookalike = { name: 'Like VIP members', sourceAudienceId: '5343822743475', rate: 0.05 };
 */
export interface NewLookalike {
  name: string;
  sourceAudienceId: string;
  /** The share of LINE's users to reach, 0 to 0.15. @default LINE chooses */
  rate?: number | undefined;
}

const listOptions: readonly (keyof ListCustomAudiencesOptions)[] = ['name', 'size', 'sortKey', 'sortOrder'];

/**
 * The custom audiences of an ad account: upload, follow, list, change.
 *
 * @example
 * import { LineAdsClient } from '@lineup/line-ads';
 *
 * const { customAudiences } = new LineAdsClient({ accessKey: 'my-access-key', secretKey: 'my-secret-key' });
 * const { id } = await customAudiences.upload('A1', {
 *   name: 'VIP members',
 *   action: 'ADD',
 *   idType: 'HASHED_EMAIL',
 *   file: { path: 'hashes.txt', name: 'vip-members-1.txt' },
 * });
 * const [job] = await customAudiences.uploadJobs('A1', id);
 * console.log(job?.jobStatus); // QUEUED, WORKING, then FINISHED or FAILED
 */
export class CustomAudiences {
  readonly #send: Send;

  constructor(send: Send) {
    this.#send = send;
  }

  /** Every custom audience of the ad account, a request a page, as the loop gets there. */
  list(adAccountId: string, options: ListCustomAudiencesOptions = {}): AsyncIterableIterator<CustomAudience> {
    const pageOf = this.#pages(adAccountId, options, listOptions);
    return everyItem(async (page) => {
      const { audienceGroups: items, hasNextPage: hasNext } = await pageOf(page);
      return { items, hasNext };
    });
  }

  /** One page; `page` counts from 1. */
  page(
    adAccountId: string,
    options: ListCustomAudiencesOptions & { page?: number | undefined } = {},
  ): Promise<CustomAudiencePage> {
    const { page = 1 } = options;
    requireInteger('page', page, 1);
    return this.#pages(adAccountId, options, [...listOptions, 'page'])(page);
  }

  #pages(
    adAccountId: string,
    options: ListCustomAudiencesOptions,
    own: readonly string[],
  ): (page: number) => Promise<CustomAudiencePage> {
    const checked = requestOptions(options, own);
    const { name, size = 100, sortKey, sortOrder } = options;
    requireInteger('size', size, 1);
    if (sortKey !== undefined) requireOneOf('sortKey', sortKey, sortKeys);
    if (sortOrder !== undefined) requireOneOf('sortOrder', sortOrder, sortOrders);
    const path = audiences(adAccountId);
    return (page) =>
      this.#send({
        method: 'GET',
        path,
        kind: 'read',
        query: { name, page, size, sortKey, sortOrder },
        parse: json(readCustomAudiencePage),
        options: checked,
      });
  }

  /**
   * Sends a file to an audience. The file is streamed: memory does not grow with it. LINE answers when it has the
   * file and processes it afterwards: follow `uploadJobs`, and send the next file when the job is FINISHED.
   *
   * Retried only when LINE certainly did not take it. An error whose `outcome` is `unknown` is settled by looking
   * for `file.name` among the upload jobs, or, for a new audience, for its name among the audiences.
   */
  upload(adAccountId: string, options: UploadOptions): Promise<CustomAudience> {
    const { action, idType, file, onProgress } = options;
    const checked = requestOptions(options, ['id', 'name', 'action', 'idType', 'file', 'onProgress']);
    requireOneOf('action', action, ['ADD', 'REPLACE']);
    requireOneOf('idType', idType, ['IFA', 'HASHED_PHONE_NUMBER', 'HASHED_EMAIL']);
    if (file?.read === undefined) requireText('file.path', file?.path);
    else requireInteger('file.bytes', file.bytes, 0);
    requireText('file.name', file.name);
    if (onProgress !== undefined) requireFunction('onProgress', onProgress);
    return this.#send({
      method: 'POST',
      path: `${audiences(adAccountId)}/upload`,
      kind: 'single_write',
      upload: {
        fields: [target(options), ['action', action], ['idType', idType]],
        file,
        onProgress,
      },
      parse: json(readCustomAudience),
      options: checked,
    });
  }

  /**
   * Whether the key's role may upload to the ad account, which no read tells. Asks with an upload that has neither
   * audience, action nor file, so LINE can only refuse it: for the role, or for what it lacks. Whether LINE looks at
   * the role first is not documented; it is assumed.
   */
  mayUpload(adAccountId: string, options: RequestOptions = {}): Promise<boolean> {
    const asked = this.#send({
      method: 'POST',
      path: `${audiences(adAccountId)}/upload`,
      kind: 'read',
      form: [['idType', 'HASHED_EMAIL']],
      parse: () => true,
      options: requestOptions(options),
    });
    return asked.catch((error: unknown) => {
      if (!(error instanceof LineAdsError)) throw error;
      if (error.status === 400) return true;
      if (error.reasons.some(({ reason }) => reason === 'PARTNER_PERMISSION_DENIED')) return false;
      throw error;
    });
  }

  /** LINE's jobs for the files that were uploaded to the audience. */
  uploadJobs(
    adAccountId: string,
    audienceId: string,
    options: UploadJobsOptions = {},
  ): Promise<CustomAudienceUploadJob[]> {
    return this.#send({
      method: 'GET',
      path: `${audience(adAccountId, audienceId)}/upload-job`,
      kind: 'read',
      parse: json(readUploadJobs),
      options: requestOptions(options, ['background']),
      background: options.background,
    });
  }

  /** Gives the audience another name, of at most 120 characters. */
  rename(
    adAccountId: string,
    audienceId: string,
    name: string,
    options: RequestOptions = {},
  ): Promise<CustomAudience> {
    requireName('name', name);
    return this.#send({
      method: 'POST',
      path: audience(adAccountId, audienceId),
      kind: 'repeatable_write',
      body: { name },
      parse: json(readCustomAudience),
      options: requestOptions(options),
    });
  }

  /** LINE accepts the deletion and carries it out afterwards. */
  delete(adAccountId: string, ids: string | readonly string[], options: RequestOptions = {}): Promise<void> {
    const list = typeof ids === 'string' ? [ids] : ids;
    return this.#send({
      method: 'DELETE',
      path: `${audiences(adAccountId)}/${segments('ids', list)}`,
      kind: 'repeatable_write',
      parse: () => undefined,
      options: requestOptions(options),
    });
  }

  /** Makes an audience that needs no upload. Retried only when LINE certainly did not take it. */
  create(
    adAccountId: string,
    newAudience: NewCustomAudience,
    options: RequestOptions = {},
  ): Promise<CustomAudience> {
    requireName('name', newAudience.name);
    requireText('functionType', newAudience.functionType);
    return this.#send({
      method: 'POST',
      path: audiences(adAccountId),
      kind: 'single_write',
      body: newAudience,
      parse: json(readCustomAudience),
      options: requestOptions(options),
    });
  }

  /** An audience of people who are like those of another one. */
  createLookalike(
    adAccountId: string,
    lookalike: NewLookalike,
    options: RequestOptions = {},
  ): Promise<CustomAudience> {
    const { name, sourceAudienceId, rate } = lookalike;
    requireText('sourceAudienceId', sourceAudienceId);
    if (rate !== undefined && !(rate >= 0 && rate <= 0.15)) {
      throw new TypeError(`Expected rate to be a number from 0 to 0.15, got ${show(rate)}.`);
    }
    return this.create(
      adAccountId,
      {
        name,
        functionType: 'LOOKALIKE',
        lookalike: {
          source: { audienceGroupId: sourceAudienceId },
          volumeRate: rate === undefined ? { auto: true } : { rate },
        },
      },
      options,
    );
  }

  /** How much of the audience `baseId` is also in each of one to four others, by their ids. */
  overlap(
    adAccountId: string,
    pair: { baseId: string; comparedIds: readonly string[] },
    options: RequestOptions = {},
  ): Promise<OverlapEstimations> {
    const { baseId, comparedIds } = pair;
    requireText('baseId', baseId);
    if (comparedIds.length < 1 || comparedIds.length > 4) {
      throw new TypeError(`Expected comparedIds to hold 1 to 4 ids, got ${comparedIds.length}.`);
    }
    for (const id of comparedIds) requireText('comparedIds', id);
    return this.#send({
      method: 'POST',
      path: `${audiences(adAccountId)}/overlapping-audiences`,
      // A question that is asked by POST.
      kind: 'read',
      body: { baseId, comparedIds },
      parse: json(readOverlap),
      options: requestOptions(options),
    });
  }
}

function audiences(adAccountId: string): string {
  return `/v3/adaccounts/${segment('adAccountId', adAccountId)}/custom-audiences`;
}

function audience(adAccountId: string, audienceId: string): string {
  return `${audiences(adAccountId)}/${segment('audienceId', audienceId)}`;
}

function target({
  id,
  name,
}: {
  id?: string | undefined;
  name?: string | undefined;
}): readonly [string, string] {
  if (id !== undefined && name !== undefined) {
    throw new TypeError('Expected either id, of an existing audience, or name, of a new one, got both.');
  }
  if (id !== undefined) {
    requireText('id', id);
    return ['id', id];
  }
  if (name === undefined) {
    throw new TypeError('Expected either id, of an existing audience, or name, of a new one, got neither.');
  }
  requireName('name', name);
  return ['name', name];
}
