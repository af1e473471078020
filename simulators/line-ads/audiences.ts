/** Custom audiences: their data, how LINE shows them, and those that an ad account has at the start. */
import { zonedTime } from './jobs.ts';
import { Membership } from './membership.ts';

export const uploadTypes = {
  IFA: 'UPLOAD',
  HASHED_EMAIL: 'HASHED_EMAIL_UPLOAD',
  HASHED_PHONE_NUMBER: 'HASHED_PHONE_NUMBER_UPLOAD',
} as const;

export type IdType = keyof typeof uploadTypes;

/** The types of the create call. The upload types come only from uploads. */
export const creatableTypes = [
  'LOOKALIKE',
  'APP_EVENT',
  'WEBTRAFFIC',
  'ACCOUNT_FRIENDS',
  'VIDEO_VIEW',
  'IMAGE_CLICK',
] as const;

export interface Lookalike {
  sourceId: string;
  /** From 0 to 0.15. null: LINE chooses. */
  rate: number | null;
}

export interface Audience {
  id: string;
  adAccountId: string;
  name: string;
  functionType: string;
  created: number;
  members: Membership;
  /** LINE's estimate since the last matching. */
  estimatedSize: string;
  /** When the current matching ends, in virtual time. null: there is none. */
  matchAt: number | null;
  matchFailedType?: string;
  failedType?: string;
  lookalike?: Lookalike;
  /** Whether an ad uses it. Then it cannot be deleted. */
  inUse: boolean;
}

export type AudienceStatus = 'IN_PROGRESS' | 'READY' | 'FAILED';

export function newAudience(
  given: Pick<Audience, 'id' | 'adAccountId' | 'name' | 'functionType' | 'created'>,
): Audience {
  return { ...given, members: new Membership(), estimatedSize: '-', matchAt: null, inUse: false };
}

/** @param busy whether the audience has an unfinished upload job */
export function audienceStatus(audience: Audience, busy: boolean): AudienceStatus {
  if (busy || audience.matchAt !== null) return 'IN_PROGRESS';
  return audience.failedType === undefined ? 'READY' : 'FAILED';
}

/**
 * LINE's text for a size, by the number of matched members: `"-"` when there are too few, then `"100 or
 * fewer"`, then the number.
 */
export function estimate(members: number, matchRate: number): string {
  const matched = Math.ceil(members * matchRate);
  if (matched === 0) return '-';
  return matched <= 100 ? '100 or fewer' : String(matched);
}

/** A `CustomAudience` in the form of the API. */
export function audienceJson(audience: Audience, busy: boolean, utcOffsetMinutes: number): Record<string, unknown> {
  const { id, name, functionType, failedType, estimatedSize, lookalike } = audience;
  const status = audienceStatus(audience, busy);
  return {
    id,
    name,
    functionType,
    status,
    ...(status === 'FAILED' ? { failedType } : {}),
    estimatedAudienceSize: estimatedSize,
    ...(lookalike
      ? {
          lookalike: {
            source: { audienceGroupId: lookalike.sourceId },
            volumeRate: lookalike.rate === null ? { auto: true } : { rate: lookalike.rate },
          },
        }
      : {}),
    created: zonedTime(audience.created, utcOffsetMinutes),
  };
}

/** The audiences of an ad account that has been in use for a while. */
export function seedAudiences(adAccountId: string): Audience[] {
  const visitors = seed('Site visitors, 30 days', 'WEBTRAFFIC', '5343820000101', '18400');
  return [
    visitors,
    {
      ...seed('Lookalike of site visitors', 'LOOKALIKE', '5343820000202', '241000'),
      lookalike: { sourceId: visitors.id, rate: 0.01 },
    },
    { ...seed('アプリ起動者', 'APP_EVENT', '5343820000303', '9200'), inUse: true },
    seed('Friends of the official account', 'ACCOUNT_FRIENDS', '5343820000404', '100 or fewer'),
    seed('Watched the spring film', 'VIDEO_VIEW', '5343820000505', '-'),
  ];

  function seed(name: string, functionType: string, id: string, estimatedSize: string): Audience {
    const created = Date.UTC(2026, 0, 15, 1, 30) + (Number(id) % 1000) * 3_600_000;
    return { ...newAudience({ id, adAccountId, name, functionType, created }), estimatedSize };
  }
}
