/** Reads LINE's answers into the types of types.ts. Every reader throws UnreadableAnswer. */
import type {
  AdAccount,
  CustomAudience,
  CustomAudiencePage,
  CustomAudienceUploadJob,
  LinkRequest,
  OverlapEstimations,
} from './types.ts';

/** An answer without the documented shape. The message never quotes the answer. */
export class UnreadableAnswer extends Error {
  override readonly name = 'UnreadableAnswer';
}

type JsonObject = Record<string, unknown>;

/** Makes a reader of a whole answer: it parses the JSON and passes the object to `read`. */
export function json<T>(read: (value: JsonObject) => T): (text: string) => T {
  return (text) => {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      // The engine's own error quotes the text, which may contain anything.
      throw new UnreadableAnswer('it is not JSON');
    }
    return read(asObject(value, 'the answer'));
  };
}

function asObject(value: unknown, what: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new UnreadableAnswer(`${what} is not an object`);
}

function asList<T>(value: unknown, what: string, read: (value: JsonObject) => T): T[] {
  if (!Array.isArray(value)) throw new UnreadableAnswer(`${what} is not a list`);
  return value.map((item) => read(asObject(item, `an entry of ${what}`)));
}

/** LINE gives the same id as a string in one answer and as a number in another. */
function asId(value: unknown, what: string): string {
  if (typeof value === 'string' && value !== '') return value;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  throw new UnreadableAnswer(`${what} is not an id`);
}

/** An id that LINE gives as a number. */
function asNumber(value: unknown, what: string): number {
  const number = optionalNumber(value);
  if (number !== undefined && Number.isSafeInteger(number)) return number;
  throw new UnreadableAnswer(`${what} is not a number`);
}

/** Text that LINE should give. '' when it is absent, because nothing depends on it. */
function asText(value: unknown): string {
  return optionalText(value) ?? '';
}

function optionalText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : undefined;
}

/** The fields whose value is not undefined, so that a field which LINE left out is absent. */
export function present<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const known = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

/** A number, also one that is given as text; otherwise undefined. */
function optionalNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^\d+(\.\d+)?$/.test(value) ? Number(value) : undefined;
}

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

interface Page<T> {
  items: T[];
  /** Whether LINE says that more pages follow. Undefined when it does not say. */
  hasNext: boolean | undefined;
}

/**
 * Every item of a paged list. A page is requested when the loop reaches it. An item that moves to a later page
 * meanwhile, because somebody created or deleted one, is given once. A page without a new item ends the list, so
 * a server that repeats itself cannot make it endless.
 */
export async function* everyItem<T extends { id: string | number }>(
  fetchPage: (page: number) => Promise<Page<T>>,
): AsyncGenerator<T, void, undefined> {
  const seen = new Set<string | number>();
  for (let number = 1; ; number += 1) {
    const { items, hasNext } = await fetchPage(number);
    const fresh = items.filter(({ id }) => !seen.has(id));
    for (const item of fresh) seen.add(item.id);
    yield* fresh;
    if (hasNext === false || fresh.length === 0) return;
  }
}
