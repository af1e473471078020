import { everyItem, requestOptions } from '../../../client-core/src/request.ts';
import {
  asId,
  asList,
  asObject,
  asText,
  type JsonObject,
  json,
  optionalNumber,
  optionalText,
  present,
  requireInteger,
  requireText,
} from '../../../client-core/src/validation.ts';
import { LineAdsError } from '../errors.ts';
import type { RequestOptions, Send } from '../request.ts';
import { requireName, segment, segments } from '../validation.ts';
import {
  type CustomAudience,
  type CustomAudiencePage,
  type CustomAudienceUploadJob,
  type ListCustomAudiencesOptions,
  listOptions,
  listQuery,
  lookalikeAudience,
  type NewCustomAudience,
  type NewLookalike,
  type OverlapEstimations,
  type UploadJobsOptions,
  type UploadOptions,
  uploadSpec,
} from './custom-audience-types.ts';

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

  /** Every custom audience of the ad account. A page is requested when the loop reaches it. */
  list(adAccountId: string, options: ListCustomAudiencesOptions = {}): AsyncIterableIterator<CustomAudience> {
    const pageOf = this.#pages(adAccountId, options, listOptions);
    const itemsOf = async (page: number) => {
      const { audienceGroups: items, hasNextPage: hasNext } = await pageOf(page);
      return { items, hasNext };
    };
    return everyItem(itemsOf, ({ id }) => id);
  }

  /** One page. The first `page` is 1. */
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
    const { name, ...others } = listQuery(options);
    const path = audiences(adAccountId);
    return (page) =>
      this.#send({
        method: 'GET',
        path,
        kind: 'read',
        query: { name, page, ...others },
        parse: json(readCustomAudiencePage),
        options: checked,
      });
  }

  /**
   * Sends a file to an audience. The file is streamed, so memory does not grow with it. LINE answers when it has the
   * file and processes it afterwards: follow `uploadJobs`, and send the next file when the job is FINISHED.
   *
   * It is retried only when LINE certainly did not take it. After an error with the `outcome` `unknown`, look for
   * `file.name` among the upload jobs, or, for a new audience, for its name among the audiences.
   */
  upload(adAccountId: string, options: UploadOptions): Promise<CustomAudience> {
    const checked = requestOptions(options, ['id', 'name', 'action', 'idType', 'file', 'onProgress']);
    const upload = uploadSpec(options);
    return this.#send({
      method: 'POST',
      path: `${audiences(adAccountId)}/upload`,
      kind: 'single_write',
      upload,
      parse: json(readCustomAudience),
      options: checked,
    });
  }

  /**
   * Whether the key's role may upload to the ad account, which no read tells. It sends an upload without audience,
   * action and file, so LINE can only refuse it: because of the role, or because of what is missing. LINE does not
   * document that it checks the role first; we assume it.
   */
  mayUpload(adAccountId: string, options: RequestOptions = {}): Promise<boolean> {
    const answer = this.#send({
      method: 'POST',
      path: `${audiences(adAccountId)}/upload`,
      kind: 'read',
      form: [['idType', 'HASHED_EMAIL']],
      parse: () => true,
      options: requestOptions(options),
    });
    return answer.catch((error: unknown) => {
      if (!(error instanceof LineAdsError)) throw error;
      if (error.status === 400) return true;
      if (error.reasons.some(({ reason }) => reason === 'PARTNER_PERMISSION_DENIED')) return false;
      throw error;
    });
  }

  /** LINE's jobs for the uploaded files of the audience. */
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

  /** Gives the audience another name of at most 120 characters. */
  rename(adAccountId: string, audienceId: string, name: string, options: RequestOptions = {}): Promise<CustomAudience> {
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

  /** LINE accepts the deletion first and performs it afterwards. */
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

  /** Creates an audience that needs no upload. It is retried only when LINE certainly did not take it. */
  create(adAccountId: string, newAudience: NewCustomAudience, options: RequestOptions = {}): Promise<CustomAudience> {
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

  /** Creates an audience of people who are similar to those of another one. */
  createLookalike(adAccountId: string, lookalike: NewLookalike, options: RequestOptions = {}): Promise<CustomAudience> {
    return this.create(adAccountId, lookalikeAudience(lookalike), options);
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
      // A POST that changes nothing.
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

function readCustomAudience(value: JsonObject): CustomAudience {
  const { failedType, ...others } = value;
  return {
    ...others,
    id: asId(value.id, 'id'),
    name: asText(value.name),
    functionType: asText(value.functionType),
    status: asText(value.status),
    ...present({ failedType: optionalText(failedType) }),
    estimatedAudienceSize: asText(value.estimatedAudienceSize),
    created: asText(value.created),
  };
}

function readCustomAudiencePage(value: JsonObject): CustomAudiencePage {
  return {
    ...present({
      page: optionalNumber(value.page),
      size: optionalNumber(value.size),
      totalElements: optionalNumber(value.totalElements),
      hasNextPage: typeof value.hasNextPage === 'boolean' ? value.hasNextPage : undefined,
    }),
    audienceGroups: asList(value.audienceGroups, 'audienceGroups', readCustomAudience),
  };
}

function readUploadJobs(value: JsonObject): CustomAudienceUploadJob[] {
  return asList(value.jobs, 'jobs', ({ failedType, audienceCount, ...job }) => ({
    ...job,
    audienceGroupId: asId(job.audienceGroupId, 'audienceGroupId'),
    audienceGroupJobId: asId(job.audienceGroupJobId, 'audienceGroupJobId'),
    name: asText(job.name),
    type: asText(job.type),
    jobStatus: asText(job.jobStatus),
    ...present({ failedType: optionalText(failedType), audienceCount: optionalNumber(audienceCount) }),
    created: asText(job.created),
  }));
}

function readOverlap(value: JsonObject): OverlapEstimations {
  const estimations = Object.entries(asObject(value.estimations, 'estimations'));
  return Object.fromEntries(
    estimations.map(([id, estimation]) => [id, { rate: optionalNumber(asObject(estimation, 'an estimation').rate) }]),
  );
}
