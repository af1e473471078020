/** Audiences: their data, their status over time, and how LINE shows them. */
import { idJson } from '../shared/json-values.ts';
import { Membership } from './membership.ts';
import type { Settings } from './settings.ts';

export const statuses = ['IN_PROGRESS', 'READY', 'FAILED', 'EXPIRED', 'INACTIVE', 'ACTIVATING'] as const;
export type Status = (typeof statuses)[number];

export const createRoutes = [
  'OA_MANAGER',
  'MESSAGING_API',
  'POINT_AD',
  'AD_MANAGER',
  'BUSINESS_MANAGER',
  'YAHOO_DISPLAY_ADS',
] as const;
export type CreateRoute = (typeof createRoutes)[number];

/** The account whose audience Business Manager shares: `lap` is LINE Ads. */
export interface Owner {
  readonly serviceType: string;
  readonly id: string;
  readonly name: string;
}

export interface Audience {
  readonly id: string;
  /** The channel that has created it. null: it was not created by the API. */
  readonly channelId: string | null;
  readonly bot: string;
  readonly type: string;
  readonly createRoute: CreateRoute;
  name: string;
  readonly members: Membership;
  /** Shown instead of the number of members, for audiences without ids. */
  readonly shownCount: number | null;
  /** In virtual time. */
  readonly createdAt: number;
  /** When LINE has counted its last upload. null: nothing was uploaded. */
  readyAt: number | null;
  /** The same of its first upload. */
  firstReadyAt: number | null;
  failedType: string | null;
  /** A status that somebody has given it. */
  forced: Status | null;
  readonly requestId: string | null;
  readonly clickUrl: string | null;
  /** Set when Business Manager shares it with the bot. */
  readonly owner: Owner | null;
}

export function newAudience(
  given: Pick<Audience, 'id' | 'bot' | 'name' | 'createdAt'> & Partial<Audience> & { isIfa?: boolean },
): Audience {
  const { isIfa = false, ...rest } = given;
  return {
    channelId: null,
    type: 'UPLOAD',
    createRoute: 'MESSAGING_API',
    members: new Membership(isIfa),
    shownCount: null,
    readyAt: null,
    firstReadyAt: null,
    failedType: null,
    forced: null,
    requestId: null,
    clickUrl: null,
    owner: null,
    ...rest,
  };
}

const day = 86_400_000;

/** Audiences of LINE Ads have no end. */
const ends = ({ createRoute }: Audience): boolean => createRoute !== 'AD_MANAGER' && createRoute !== 'POINT_AD';

export const expiresAt = (audience: Audience, { lifeDays }: Settings): number =>
  ends(audience) ? audience.createdAt + lifeDays * day : Number.POSITIVE_INFINITY;

/** When LINE deletes it. */
export const goneAt = (audience: Audience, settings: Settings): number =>
  settings.goneDays === 0 ? Number.POSITIVE_INFINITY : expiresAt(audience, settings) + settings.goneDays * day;

/** @param isBusy whether an upload to it is QUEUED or WORKING */
export function statusOf(audience: Audience, now: number, isBusy: boolean, settings: Settings): Status {
  if (now >= expiresAt(audience, settings)) return 'EXPIRED';
  if (audience.forced) return audience.forced;
  if (audience.type !== 'UPLOAD') return 'READY';
  const { readyAt, firstReadyAt, members, failedType } = audience;
  if (failedType !== null) return 'FAILED';
  if (readyAt === null || firstReadyAt === null) return 'IN_PROGRESS';
  if (members.size < settings.fewestMembers) return settings.tooFew === 'failed' && !isBusy ? 'FAILED' : 'IN_PROGRESS';
  if (now >= readyAt && !isBusy) return 'READY';
  return settings.whileAdding === 'ready' && now >= firstReadyAt ? 'READY' : 'IN_PROGRESS';
}

/** The number of users that LINE shows. */
export function countOf({ members, shownCount }: Audience, { agreedRate, fewestShown }: Settings): number {
  if (shownCount !== null) return shownCount;
  const count = Math.round(members.size * agreedRate);
  return members.isIfa && count < fewestShown ? 0 : count;
}

const seconds = (time: number): number => Math.floor(time / 1000);

interface Shown {
  readonly now: number;
  readonly isBusy: boolean;
  readonly settings: Settings;
  readonly mayWrite: boolean;
}

/** What the answer to a creation and every other answer have. */
export function createdJson(audience: Audience, settings: Settings) {
  const { requestId, clickUrl } = audience;
  const skew = settings.clockSkewMs;
  return {
    audienceGroupId: idJson(audience.id),
    createRoute: audience.createRoute,
    type: audience.type,
    description: audience.name,
    created: seconds(audience.createdAt + skew),
    permission: 'READ_WRITE',
    ...(ends(audience) ? { expireTimestamp: seconds(expiresAt(audience, settings) + skew) } : {}),
    isIfaAudience: audience.members.isIfa,
    ...(requestId === null ? {} : { requestId }),
    ...(clickUrl === null ? {} : { clickUrl }),
  };
}

/** An `audienceGroup` in the form of the API. */
export function audienceJson(audience: Audience, { now, isBusy, settings, mayWrite }: Shown) {
  const status = statusOf(audience, now, isBusy, settings);
  const failedType = audience.failedType ?? (status === 'FAILED' ? 'AUDIENCE_GROUP_AUDIENCE_INSUFFICIENT' : null);
  return {
    ...createdJson(audience, settings),
    status,
    ...(status === 'FAILED' ? { failedType } : {}),
    audienceCount: countOf(audience, settings),
    permission: mayWrite ? 'READ_WRITE' : 'READ',
  };
}
