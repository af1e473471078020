import { type AudienceList, newList } from './lists.ts';
import type { State } from './state.ts';

/** The lists of an account that has been in use for a while, and has come from LINE Ads. */
export function seedLists(state: State, now: number): void {
  const seed = (id: string, given: Pick<AudienceList, 'name' | 'type'> & Partial<AudienceList>) =>
    state.addList(newList({ ...given, id, accountId: '1011', usedAt: now }));
  seed('5000000101', { name: 'Site visitors, 30 days', type: 'WEBSITE_VISITORS', counted: 18_400, inUse: true });
  seed('5000000202', { name: 'Similar to site visitors', type: 'SIMILARITY', counted: 241_000 });
  seed('5000000303', {
    name: 'アプリ起動者',
    type: 'BUSINESS_MANAGER',
    counted: 9_200,
    lineAudienceGroupId: '5343820000303',
    lineAudienceGroupOwnerType: 'LINE_ADS',
    lineAudienceGroupType: 'IDFA_AAID_UPLOAD',
  });
  seed('5000000404', {
    name: 'VIP members',
    type: 'MIGRATED_LINE_AUDIENCE',
    counted: 31_000,
    dataDuration: 180,
    lineAudienceGroupType: 'EMAIL_ADDRESS_UPLOAD',
  });
}
