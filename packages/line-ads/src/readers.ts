/** From LINE's answers to the types of types.ts. Each throws UnreadableAnswer. */
import type { Page } from './paging.ts';
import {
  asId,
  asList,
  asNumber,
  asObject,
  asText,
  type JsonObject,
  optionalNumber,
  optionalText,
  present,
} from './parse.ts';
import type {
  AdAccount,
  CustomAudience,
  CustomAudiencePage,
  CustomAudienceUploadJob,
  LinkRequest,
  OverlapEstimations,
} from './types.ts';

export function readCustomAudience(value: JsonObject): CustomAudience {
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

export function readCustomAudiencePage(value: JsonObject): CustomAudiencePage {
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

export function readUploadJobs(value: JsonObject): CustomAudienceUploadJob[] {
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

export function readOverlap(value: JsonObject): OverlapEstimations {
  const estimations = Object.entries(asObject(value.estimations, 'estimations'));
  return Object.fromEntries(
    estimations.map(([id, estimation]) => [
      id,
      { rate: optionalNumber(asObject(estimation, 'an estimation').rate) },
    ]),
  );
}

/** The lists of a group: `{paging: {page, size, totalElements}, datas}`. */
export function readPagedList<T>(value: JsonObject, read: (item: JsonObject) => T): Page<T> {
  const items = asList(value.datas, 'datas', read);
  const { page, size, totalElements } = asObject(value.paging ?? {}, 'paging');
  const [number, perPage, total] = [page, size, totalElements].map(optionalNumber);
  const known = number !== undefined && perPage !== undefined && total !== undefined;
  return { items, hasNext: known ? number * perPage < total : undefined };
}

export function readAdAccount(value: JsonObject): AdAccount {
  const { configuredStatus, productType, country, currency, timezone, createdDate, modifiedDate, ...others } =
    value;
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

export function readLinkRequest(value: JsonObject): LinkRequest {
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

function presentTexts<K extends string>(fields: Record<K, unknown>): { [Name in K]?: string } {
  const texts = Object.entries(fields).map(([name, value]) => [name, optionalText(value)] as const);
  return present(Object.fromEntries(texts) as Record<K, string | undefined>);
}
