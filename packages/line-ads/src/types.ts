/** The known values for the editor, but any string in fact: LINE adds values without notice. */
type Open<Known extends string> = Known | (string & {});

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
 * The share of the base audience that is also in a compared audience, by the id of that audience.
 *
 * @example
 * import type { OverlapEstimations } from '@lineup/line-ads';
 *
 * const largest = (overlaps: OverlapEstimations): number =>
 *   Math.max(0, ...Object.values(overlaps).map(({ rate }) => rate ?? 0));
 */
export type OverlapEstimations = Record<string, { rate: number | undefined }>;
