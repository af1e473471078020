/** Audience lists: their data, and how LY shows them. */

import { idJson } from '../shared/json-values.ts';
import { Membership } from './file/membership.ts';
import type { Settings } from './settings.ts';

export const listTypes = [
  'COMBINATION',
  'SIMILARITY',
  'WEBSITE_VISITORS',
  'CUSTOMER_DATA',
  'APP_USER',
  'YAHOO_JAPAN_AUDIENCE_DISCOVERY',
  'ADVANCED_SEGMENTS',
  'AD_ACTION_USERS',
  'LINE_OA_FRIEND',
  'LINE_OA_BLOCK',
  'BUSINESS_MANAGER',
  'OFFERED_BY_LY',
  'MIGRATED_LINE_AUDIENCE',
] as const;
export type ListType = (typeof listTypes)[number];

export interface AudienceList {
  readonly id: string;
  readonly accountId: string;
  readonly type: ListType;
  name: string;
  description: string | null;
  /** In days. null for types that have none. */
  dataDuration: number | null;
  readonly members: Membership;
  /** The people that LY had matched at the last count. null: not counted yet. */
  counted: number | null;
  deliveryStatus: 'ACTIVE' | 'PAUSED';
  isShared: boolean;
  /** Whether it is set to an ad group. Then it cannot be removed. */
  inUse: boolean;
  /** When it was created, or an ad used it last. In virtual time. */
  usedAt: number;
  /** Somebody has stopped its data connection. */
  stopped: boolean;
  /** Of a list that comes from LINE. */
  readonly lineAudienceGroupId: string | null;
  readonly lineAudienceGroupOwnerType: 'LINE_ADS' | 'LINE_OA' | null;
  readonly lineAudienceGroupType: string | null;
}

export function newList(
  given: Pick<AudienceList, 'id' | 'accountId' | 'name' | 'usedAt'> & Partial<AudienceList>,
): AudienceList {
  return {
    type: 'CUSTOMER_DATA',
    description: null,
    dataDuration: null,
    members: new Membership(),
    counted: null,
    deliveryStatus: 'ACTIVE',
    isShared: false,
    inUse: false,
    stopped: false,
    lineAudienceGroupId: null,
    lineAudienceGroupOwnerType: null,
    lineAudienceGroupType: null,
    ...given,
  };
}

const day = 86_400_000;

/** How long a member stays in a list of this kind. */
export const durationMs = ({ dataDuration }: Pick<AudienceList, 'dataDuration'>): number =>
  dataDuration === null ? Number.POSITIVE_INFINITY : dataDuration * day;

/** Whether uploads to the list are refused: somebody stopped it, or no ad used it for long. */
export function isStopped(list: AudienceList, now: number, { unusedDays }: Settings): boolean {
  if (list.stopped) return true;
  return list.type === 'CUSTOMER_DATA' && !list.inUse && unusedDays > 0 && now >= list.usedAt + unusedDays * day;
}

/** The people of the list that LY knows now: as counted, without those who have left since. */
export function reachOf(list: AudienceList, now: number, { matchRate, firstReach }: Settings): number | null {
  if (list.counted === null) return firstReach === 'null' ? null : 0;
  if (list.type !== 'CUSTOMER_DATA') return list.counted;
  return Math.min(list.counted, Math.round(list.members.at(now, durationMs(list)).people * matchRate));
}

const sourceTypes: Partial<Record<ListType, string>> = {
  CUSTOMER_DATA: 'CUSTOMER_DATA_FILE',
  WEBSITE_VISITORS: 'SITE_RETARGETING_TAG',
  BUSINESS_MANAGER: 'BUSINESS_MANAGER',
};

/** An `AudienceList` in the form of the API. @param hasDetail whether its content is shown */
export function listJson(list: AudienceList, now: number, settings: Settings, hasDetail: boolean) {
  const { type, dataDuration, lineAudienceGroupType } = list;
  const shown = hasDetail || settings.detail === 'always';
  const contentOf = (owner: ListType, content: () => object) => (shown && type === owner ? content() : null);
  return {
    accountId: idJson(list.accountId),
    audienceListId: idJson(list.id),
    audienceListName: list.name,
    description: list.description,
    isRemoveDescription: null,
    deliveryStatus: list.deliveryStatus,
    reach: reachOf(list, now, settings),
    sourceAccountId: null,
    sourceAccountName: null,
    sourceType: sourceTypes[type] ?? null,
    isShared: list.isShared,
    dataConnectionStopped: isStopped(list, now, settings) ? 'TRUE' : 'FALSE',
    audienceListContent: {
      audienceListType: type,
      customerDataAudienceList: contentOf('CUSTOMER_DATA', () => ({ dataDuration })),
      businessManagerAudienceList: contentOf('BUSINESS_MANAGER', () => ({
        lineAudienceGroupId: list.lineAudienceGroupId === null ? null : idJson(list.lineAudienceGroupId),
        lineAudienceGroupType,
        lineAudienceGroupOwnerType: list.lineAudienceGroupOwnerType,
      })),
      migratedLineAudienceList: contentOf('MIGRATED_LINE_AUDIENCE', () => ({ dataDuration, lineAudienceGroupType })),
    },
  };
}
