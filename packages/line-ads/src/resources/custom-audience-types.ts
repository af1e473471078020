/** Custom audiences as LINE gives them, and the arguments of their calls with their checks. */
import type { Open, UploadSpec } from '../../../client-core/src/request.ts';
import {
  requireFunction,
  requireInteger,
  requireOneOf,
  requireText,
  show,
} from '../../../client-core/src/validation.ts';
import type { RequestOptions, UploadFile } from '../request.ts';
import { requireName } from '../validation.ts';

/**
 * How an audience gets its members. `UPLOAD` is the type for IFAs.
 *
 * @example
 * import type { CustomAudience, FunctionType } from '@lineup/line-ads';
 *
 * const uploaded: FunctionType[] = ['UPLOAD', 'HASHED_EMAIL_UPLOAD', 'HASHED_PHONE_NUMBER_UPLOAD'];
 * const isUploaded = ({ functionType }: CustomAudience): boolean => uploaded.includes(functionType);
 */
export type FunctionType = Open<
  | 'UPLOAD'
  | 'HASHED_EMAIL_UPLOAD'
  | 'HASHED_PHONE_NUMBER_UPLOAD'
  | 'LOOKALIKE'
  | 'WEBTRAFFIC'
  | 'TRACKINGTAG_WEBTRAFFIC'
  | 'APP_EVENT'
  | 'ACCOUNT_FRIENDS'
  | 'VIDEO_VIEW'
  | 'IMAGE_CLICK'
  | 'IMP'
  | 'CLICK'
  | 'CHAT_TAG'
  | 'FRIEND_PATH'
  | 'THV_EVENT'
>;

/**
 * What the lines of an uploaded file are. The first upload decides it for the audience.
 *
 * @example
 * import type { IdType } from '@lineup/line-ads';
 *
 * const idType: IdType = 'HASHED_PHONE_NUMBER';
 */
export type IdType = 'IFA' | 'HASHED_PHONE_NUMBER' | 'HASHED_EMAIL';

/**
 * A custom audience. Undocumented fields that LINE sends are kept as they come. Text that LINE leaves out is ''.
 *
 * @example
 * import type { CustomAudience } from '@lineup/line-ads';
 *
 * const isReady = (audience: CustomAudience): boolean => audience.status === 'READY';
 */
export interface CustomAudience {
  id: string;
  name: string;
  functionType: FunctionType;
  status: Open<'IN_PROGRESS' | 'READY' | 'FAILED' | 'EXPIRED'>;
  /** Only when it failed. */
  failedType?: string;
  /** Text, not a number: digits, `-` when there are not enough people, or `100 or fewer`. */
  estimatedAudienceSize: string;
  /** ISO 8601 in the ad account's time zone. */
  created: string;
  [field: string]: unknown;
}

/**
 * LINE's processing of one uploaded file.
 *
 * @example
 * import type { CustomAudienceUploadJob } from '@lineup/line-ads';
 *
 * const isDone = ({ jobStatus }: CustomAudienceUploadJob): boolean =>
 *   jobStatus === 'FINISHED' || jobStatus === 'FAILED';
 */
export interface CustomAudienceUploadJob {
  audienceGroupId: string;
  audienceGroupJobId: string;
  /** The name of the uploaded file. With it one can find an upload whose answer was lost. */
  name: string;
  type: Open<'DIFF_ADD' | 'DIFF_AUTO_ADD' | 'DIFF_REPLACE' | 'DIFF_REMOVE'>;
  jobStatus: Open<'QUEUED' | 'WORKING' | 'FINISHED' | 'FAILED'>;
  /** Free text. LINE sometimes gives one with FINISHED, too, so it does not mean failure by itself. */
  failedType?: string;
  /** How many lines were processed correctly. */
  audienceCount?: number;
  created: string;
  [field: string]: unknown;
}

/**
 * One page of custom audiences.
 *
 * @example
 * import type { CustomAudiencePage } from '@lineup/line-ads';
 *
 * const pages = ({ totalElements = 0, size = 100 }: CustomAudiencePage): number => Math.ceil(totalElements / size);
 */
export interface CustomAudiencePage {
  /** From 1. */
  page?: number;
  size?: number;
  totalElements?: number;
  hasNextPage?: boolean;
  audienceGroups: CustomAudience[];
}

/**
 * The share of the base audience that is also in a compared audience, by the id of that audience.
 *
 * @example
 * import type { OverlapEstimations } from '@lineup/line-ads';
 *
 * const largest = (overlaps: OverlapEstimations): number =>
 *   Math.max(0, ...Object.values(overlaps).map(({ rate }) => rate ?? 0));
 */
export type OverlapEstimations = Record<string, { rate: number | undefined }>;

const sortKeys = ['id', 'name', 'functionType', 'estimatedAudienceSize', 'created'] as const;
const sortOrders = ['asc', 'desc'] as const;

/**
 * Which custom audiences to list, and in which order.
 *
 * @example
 * import type { ListCustomAudiencesOptions } from '@lineup/line-ads';
 *
 * const options: ListCustomAudiencesOptions = { name: 'VIP', sortKey: 'created', sortOrder: 'desc' };
 */
export interface ListCustomAudiencesOptions extends RequestOptions {
  /** Only audiences whose name contains this. LINE does not document whether it compares whole names or parts. */
  name?: string | undefined;
  /** Items per page. @default 100 */
  size?: number | undefined;
  sortKey?: (typeof sortKeys)[number] | undefined;
  sortOrder?: (typeof sortOrders)[number] | undefined;
}

/** An existing audience by its `id`, or a new one: an upload with a `name` creates the audience. */
type UploadTarget = { id: string; name?: undefined } | { name: string; id?: undefined };

/**
 * What to upload, and to which audience.
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
     * `ADD` adds the lines to the members. `REPLACE` makes the lines the only members. LINE has no removal. The first
     * upload of a new audience should be `ADD`.
     */
    action: 'ADD' | 'REPLACE';
    idType: IdType;
    /**
     * One value per line, UTF-8 without BOM, no header, at most 62,914,560 bytes. It is read from `path` or by `read`
     * while it is sent. LINE knows it by `name`.
     */
    file: UploadFile;
    /** Called with the bytes of the file that the connection has taken so far. A retry starts again from 0. */
    onProgress?: ((bytesSent: number) => void) | undefined;
  };

/**
 * How to ask for upload jobs.
 *
 * @example
 * import type { UploadJobsOptions } from '@lineup/line-ads';
 *
 * const patient: UploadJobsOptions = { background: true };
 */
export interface UploadJobsOptions extends RequestOptions {
  /** This request can wait and leaves LINE's limit to others (docs/line-ads-client.md). @default false */
  background?: boolean | undefined;
}

/**
 * An audience without uploads. Each type has an object of its own, e.g. `lookalike`.
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
 * A lookalike audience to create.
 *
 * @example
 * import type { NewLookalike } from '@lineup/line-ads';
 *
 * const lookalike: NewLookalike = { name: 'Like VIP members', sourceAudienceId: '5343822743475', rate: 0.05 };
 */
export interface NewLookalike {
  name: string;
  sourceAudienceId: string;
  /** The share of LINE's users to reach, from 0 to 0.15. @default LINE chooses */
  rate?: number | undefined;
}

/** The names of the options of a list. */
export const listOptions = [
  'name',
  'size',
  'sortKey',
  'sortOrder',
] as const satisfies (keyof ListCustomAudiencesOptions)[];

/** The query of a list, without the page. @throws {TypeError} */
export function listQuery({ name, size = 100, sortKey, sortOrder }: ListCustomAudiencesOptions) {
  requireInteger('size', size, 1);
  if (sortKey !== undefined) requireOneOf('sortKey', sortKey, sortKeys);
  if (sortOrder !== undefined) requireOneOf('sortOrder', sortOrder, sortOrders);
  return { name, size, sortKey, sortOrder };
}

/** The form of an upload. @throws {TypeError} */
export function uploadSpec(options: UploadOptions): UploadSpec {
  const { action, idType, file, onProgress } = options;
  requireOneOf('action', action, ['ADD', 'REPLACE']);
  requireOneOf('idType', idType, ['IFA', 'HASHED_PHONE_NUMBER', 'HASHED_EMAIL']);
  if (file?.read === undefined) requireText('file.path', file?.path);
  else requireInteger('file.bytes', file.bytes, 0);
  requireText('file.name', file.name);
  if (onProgress !== undefined) requireFunction('onProgress', onProgress);
  return {
    fields: [target(options), ['action', action], ['idType', idType]],
    file,
    onProgress,
  };
}

function target({ id, name }: { id?: string | undefined; name?: string | undefined }): readonly [string, string] {
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

/** A lookalike audience as LINE's call for new audiences takes it. @throws {TypeError} */
export function lookalikeAudience({ name, sourceAudienceId, rate }: NewLookalike): NewCustomAudience {
  requireText('sourceAudienceId', sourceAudienceId);
  if (rate !== undefined && !(rate >= 0 && rate <= 0.15)) {
    throw new TypeError(`Expected rate to be a number from 0 to 0.15, got ${show(rate)}.`);
  }
  return {
    name,
    functionType: 'LOOKALIKE',
    lookalike: {
      source: { audienceGroupId: sourceAudienceId },
      volumeRate: rate === undefined ? { auto: true } : { rate },
    },
  };
}
