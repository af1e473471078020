/** Custom audiences: what is known of one, how LINE shows it, and those that an ad account has from the start. */
import { zonedTime } from './jobs.ts';
import { Membership } from './membership.ts';

export const uploadTypes = {
  IFA: 'UPLOAD',
  HASHED_EMAIL: 'HASHED_EMAIL_UPLOAD',
  HASHED_PHONE_NUMBER: 'HASHED_PHONE_NUMBER_UPLOAD',
} as const;

export type IdType = keyof typeof uploadTypes;

/** The types that the create call makes; the upload types come from uploads alone. */
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
  /** 0 to 0.15; nothing: LINE chooses. */
  rate: number | null;
}

export interface Audience {
  id: string;
  adAccountId: string;
  name: string;
  functionType: string;
  created: number;
  members: Membership;
  /** What LINE says of the size since matching last ended. */
  estimatedSize: string;
  /** When the matching that is going on ends, in the simulator's time; nothing: none is. */
  matchAt: number | null;
  matchFailedType?: string;
  failedType?: string;
  lookalike?: Lookalike;
  /** Whether an ad uses it: it cannot be deleted then. */
  inUse: boolean;
}

export type AudienceStatus = 'IN_PROGRESS' | 'READY' | 'FAILED';

export function newAudience(
  given: Pick<Audience, 'id' | 'adAccountId' | 'name' | 'functionType' | 'created'>,
): Audience {
  return { ...given, members: new Membership(), estimatedSize: '-', matchAt: null, inUse: false };
}

/** @param busy whether an upload job of the audience has not ended */
export function audienceStatus(audience: Audience, busy: boolean): AudienceStatus {
  if (busy || audience.matchAt !== null) return 'IN_PROGRESS';
  return audience.failedType === undefined ? 'READY' : 'FAILED';
}

/**
 * LINE's word for a size, by the members that it knows: `"-"` when there are none to speak of, then
 * `"100 or fewer"`, then the number.
 */
export function estimate(members: number, matchRate: number): string {
  const matched = Math.ceil(members * matchRate);
  if (matched === 0) return '-';
  return matched <= 100 ? '100 or fewer' : String(matched);
}

/** `CustomAudience` as the API gives it. */
export function audienceJson(
  audience: Audience,
  busy: boolean,
  utcOffsetMinutes: number,
): Record<string, unknown> {
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

/** What an ad account that has been in use for a while holds already. */
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
