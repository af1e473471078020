/** Audience lists and upload jobs as LY gives them, and the arguments of their calls with their checks. */
import type { Open, UploadSpec } from '../../../client-core/src/request.ts';
import {
  requireFunction,
  requireInteger,
  requireLength,
  requireObject,
  requireOneOf,
  requireText,
} from '../../../client-core/src/validation.ts';
import { placeOf } from '../paging.ts';
import type { ReadOptions, RequestOptions, UploadFile } from '../request.ts';
import { idNumber, LONGEST_NAME, type Nullable } from '../values.ts';

/**
 * How a list gets its members. `CUSTOMER_DATA` lists are filled by uploads.
 *
 * @example
 * import type { AudienceList, AudienceListType } from '@lineup/ly-ads';
 *
 * const ours: AudienceListType = 'CUSTOMER_DATA';
 * const isOurs = ({ audienceListType }: AudienceList): boolean => audienceListType === ours;
 */
export type AudienceListType = Open<'CUSTOMER_DATA' | 'BUSINESS_MANAGER' | 'MIGRATED_LINE_AUDIENCE' | 'UNKNOWN'>;

/**
 * An audience list. Every property but its id may be null.
 *
 * @example
 * import type { AudienceList } from '@lineup/ly-ads';
 *
 * const takesUploads = ({ audienceListType, dataConnectionStopped }: AudienceList): boolean =>
 *   audienceListType === 'CUSTOMER_DATA' && dataConnectionStopped !== true;
 */
export interface AudienceList {
  audienceListId: string;
  audienceListName: string | null;
  description: string | null;
  audienceListType: AudienceListType | null;
  /** How many days after they came members leave. Null for other types, and when LY leaves it out. */
  dataDuration: number | null;
  /** An estimate. 0 or null also before the first count, so neither means that nobody matched. */
  reach: number | null;
  deliveryStatus: Open<'ACTIVE' | 'PAUSED' | 'UNKNOWN'> | null;
  sourceType: string | null;
  isShared: boolean | null;
  /** LY takes no uploads, because no ad has used the list for 100 days. */
  dataConnectionStopped: boolean | null;
  /** The audience at LINE, of a list of type `BUSINESS_MANAGER`: its id, its owner and its type. */
  lineAudienceGroupId: string | null;
  lineAudienceGroupOwnerType: Open<'LINE_ADS' | 'LINE_OA' | 'UNKNOWN'> | null;
  /** Also of a list of type `MIGRATED_LINE_AUDIENCE`. */
  lineAudienceGroupType: string | null;
}

/**
 * One page of audience lists.
 *
 * @example
 * import type { AudienceListPage } from '@lineup/ly-ads';
 *
 * const isEmpty = ({ totalNumEntries }: AudienceListPage): boolean => totalNumEntries === 0;
 */
export interface AudienceListPage {
  items: AudienceList[];
  totalNumEntries: number | null;
}

const sharing = ['ALL', 'SHARED', 'NOT_SHARED'] as const;

/**
 * Which audience lists to give.
 *
 * @example
 * import type { ListAudienceListsOptions } from '@lineup/ly-ads';
 *
 * const options: ListAudienceListsOptions = { audienceListTypes: ['CUSTOMER_DATA'], includeDetail: false };
 */
export interface ListAudienceListsOptions extends ReadOptions {
  /** At most 1,000. */
  audienceListIds?: readonly string[] | undefined;
  audienceListTypes?: readonly AudienceListType[] | undefined;
  sharingStatusFilterType?: (typeof sharing)[number] | undefined;
  /** Without it, LY may leave out what only one type of list has. @default true */
  includeDetail?: boolean | undefined;
  /** Items per page, at most 1,000. @default 1000 */
  numberResults?: number | undefined;
}

export const listOptions = [
  'background',
  'audienceListIds',
  'audienceListTypes',
  'sharingStatusFilterType',
  'includeDetail',
  'numberResults',
] as const satisfies (keyof ListAudienceListsOptions)[];

/** The body of a list, for one page after another. @throws {TypeError} */
export function listBody(accountId: string, options: ListAudienceListsOptions) {
  const { audienceListTypes, sharingStatusFilterType, includeDetail = true, numberResults = 1_000 } = options;
  requireInteger('numberResults', numberResults, 1, 1_000);
  if (sharingStatusFilterType !== undefined) {
    requireOneOf('sharingStatusFilterType', sharingStatusFilterType, sharing);
  }
  const ids = options.audienceListIds?.map((id) => idNumber('audienceListIds', id));
  if (ids !== undefined) requireInteger('the number of audienceListIds', ids.length, 1, 1_000);
  const account = idNumber('accountId', accountId);
  return (page: number) => ({
    accountId: account,
    audienceListIds: ids,
    audienceListTypes,
    sharingStatusFilterType,
    includeDetail,
    ...placeOf(page, numberResults),
  });
}

/**
 * A list of customer data to make.
 *
 * @example
 * import type { NewAudienceList } from '@lineup/ly-ads';
 *
 * const list: NewAudienceList = { audienceListName: 'VIP members', dataDuration: 90 };
 */
export interface NewAudienceList {
  /** At most 128 characters. */
  audienceListName: string;
  description?: string | undefined;
  /** How many days after they came members leave, from 1 to 180. */
  dataDuration: number;
}

/**
 * What to change about a list of customer data. What is left out stays.
 *
 * @example
 * import type { AudienceListChange } from '@lineup/ly-ads';
 *
 * const change: AudienceListChange = { audienceListId: '5001', audienceListName: 'Members', dataDuration: 90 };
 */
export interface AudienceListChange {
  audienceListId: string;
  /** At most 128 characters. */
  audienceListName?: string | undefined;
  /** An empty one takes the description away. */
  description?: string | undefined;
  /** LY asks for the content also when it stays. Whether another value is taken is not documented. */
  dataDuration?: number | undefined;
}

/** The content of a list of customer data. */
function content(dataDuration: number | undefined) {
  if (dataDuration !== undefined) requireInteger('dataDuration', dataDuration, 1, 180);
  return {
    audienceListType: 'CUSTOMER_DATA',
    customerDataAudienceList: dataDuration === undefined ? {} : { dataDuration },
  };
}

function requireListName(name: string): void {
  requireText('audienceListName', name);
  requireLength('audienceListName', name, LONGEST_NAME);
}

/** An operand of `add`. @throws {TypeError} */
export function added(list: NewAudienceList) {
  requireObject('list', list);
  requireListName(list.audienceListName);
  requireInteger('dataDuration', list.dataDuration, 1, 180);
  return {
    audienceListName: list.audienceListName,
    description: list.description || undefined,
    audienceListContent: content(list.dataDuration),
  };
}

/** An operand of `set`. @throws {TypeError} */
export function changed(change: AudienceListChange) {
  requireObject('change', change);
  const { audienceListId, audienceListName, description, dataDuration } = change;
  if (audienceListName !== undefined) requireListName(audienceListName);
  return {
    audienceListId: idNumber('audienceListId', audienceListId),
    audienceListName,
    description: description || undefined,
    isRemoveDescription: description === '' ? 'TRUE' : undefined,
    audienceListContent: content(dataDuration),
  };
}

const uploadTypes = ['MAIL_ADDRESS_AND_PHONE_NUMBER', 'IDFA', 'AAID'] as const;

/**
 * What the columns of an uploaded file are. E-mail addresses and phone numbers may stand in one file.
 *
 * @example
 * import type { UploadType } from '@lineup/ly-ads';
 *
 * const uploadType: UploadType = 'MAIL_ADDRESS_AND_PHONE_NUMBER';
 */
export type UploadType = (typeof uploadTypes)[number];

/**
 * What to upload.
 *
 * @example
 * import type { UploadOptions } from '@lineup/ly-ads';
 *
 * const upload: UploadOptions = {
 *   uploadType: 'MAIL_ADDRESS_AND_PHONE_NUMBER',
 *   file: { path: 'hashes.csv', name: 'members.csv' },
 *   onProgress: (bytes) => console.error(`${bytes} bytes sent`),
 * };
 */
export interface UploadOptions extends RequestOptions {
  uploadType: UploadType;
  /**
   * UTF-8 without BOM, a first row of column headings (`Email`, `Phone` or `Mobile Device ID`), at least 100 rows below
   * it, at most 1 GiB. It is not compressed.
   */
  file: UploadFile;
  /** Called with the bytes of the file that the connection has taken so far. A retry starts again from 0. */
  onProgress?: ((bytesSent: number) => void) | undefined;
}

/** LY's limit for a file, in bytes. */
const LARGEST_FILE = 1_073_741_824;

/** @throws {TypeError} */
export function uploadSpec({ uploadType, file, onProgress }: UploadOptions): UploadSpec {
  requireOneOf('uploadType', uploadType, uploadTypes);
  if (file?.read === undefined) requireText('file.path', file?.path);
  else requireInteger('file.bytes', file.bytes, 0, LARGEST_FILE);
  requireText('file.name', file.name);
  if (onProgress !== undefined) requireFunction('onProgress', onProgress);
  return { fields: [], file, onProgress };
}

/**
 * LY's processing of one uploaded file. It tells no counts and no reasons. Every property but its id may be null.
 *
 * @example
 * import type { UploadJob } from '@lineup/ly-ads';
 *
 * const isDone = ({ jobStatus }: UploadJob): boolean => jobStatus === 'RECEIVED';
 */
export interface UploadJob {
  uploadJobId: string;
  audienceListId: string | null;
  uploadType: Open<UploadType | 'UNKNOWN'> | null;
  /** When LY got the file: `yyyyMMddHHmmss` in the time of Japan, as `dateOf` reads it. */
  uploadSubmitDate: string | null;
  /** When LY took it in. Null before. */
  receivedDate: string | null;
  /**
   * `RECEIVED`: taken in; the list shows it hours later. `INVALID_FILE`: its content, form or size is wrong. `FAILED`:
   * a fault of LY; send it again.
   */
  jobStatus: Open<'RECEIVING' | 'RECEIVED' | 'INVALID_FILE' | 'FAILED' | 'UNKNOWN'> | null;
  uploadSource: Open<'API' | 'CAMPAIGN_MANAGEMENT_TOOL' | 'URL_FOR_UPLOAD' | 'OTHER' | 'UNKNOWN'> | null;
}

/**
 * Which upload jobs to give.
 *
 * @example
 * import type { UploadJobsOptions } from '@lineup/ly-ads';
 *
 * const one: UploadJobsOptions = { uploadJobIds: ['9001'], background: true };
 */
export interface UploadJobsOptions extends ReadOptions {
  /** At most 100. */
  uploadJobIds?: readonly string[] | undefined;
  jobStatuses?: readonly string[] | undefined;
  /** LY has no further pages: 100 jobs are all that can be seen. @default 100 */
  numberResults?: number | undefined;
}

export const jobsOptions = [
  'background',
  'uploadJobIds',
  'jobStatuses',
  'numberResults',
] as const satisfies (keyof UploadJobsOptions)[];

/** @throws {TypeError} */
export function jobsBody(accountId: string, audienceListId: string, options: UploadJobsOptions) {
  const { uploadJobIds, jobStatuses, numberResults = 100 } = options;
  requireInteger('numberResults', numberResults, 1, 100);
  for (const id of uploadJobIds ?? []) requireText('uploadJobIds', id);
  if (uploadJobIds !== undefined) requireInteger('the number of uploadJobIds', uploadJobIds.length, 1, 100);
  return {
    accountId: idNumber('accountId', accountId),
    audienceListId: idNumber('audienceListId', audienceListId),
    uploadJobIds,
    jobStatuses,
    numberResults,
  };
}

export function readAudienceList(value: Nullable): AudienceList | undefined {
  const audienceListId = value.id('audienceListId');
  if (audienceListId === null) return undefined;
  const details = value.object('audienceListContent');
  const data = details.object('customerDataAudienceList');
  // What LY calls the content of the lists that come from LINE is not documented: it is told by what it holds.
  const line = details.objectWith('lineAudienceGroupId', 'lineAudienceGroupOwnerType', 'lineAudienceGroupType');
  return {
    audienceListId,
    audienceListName: value.text('audienceListName'),
    description: value.text('description'),
    audienceListType: details.text('audienceListType'),
    dataDuration: data.number('dataDuration') ?? line.number('dataDuration'),
    reach: value.number('reach'),
    deliveryStatus: value.text('deliveryStatus'),
    sourceType: value.text('sourceType'),
    isShared: value.flag('isShared'),
    dataConnectionStopped: value.flag('dataConnectionStopped'),
    lineAudienceGroupId: line.id('lineAudienceGroupId'),
    lineAudienceGroupOwnerType: line.text('lineAudienceGroupOwnerType'),
    lineAudienceGroupType: line.text('lineAudienceGroupType'),
  };
}

export function readUploadJob(value: Nullable): UploadJob | undefined {
  const uploadJobId = value.id('uploadJobId');
  if (uploadJobId === null) return undefined;
  return {
    uploadJobId,
    audienceListId: value.id('audienceListId'),
    uploadType: value.text('uploadType'),
    uploadSubmitDate: value.text('uploadSubmitDate'),
    receivedDate: value.text('receivedDate'),
    jobStatus: value.text('jobStatus'),
    uploadSource: value.text('uploadSource'),
  };
}
