/**
 * The lists that LY has taken over from LINE Ads. Those that are shared through LINE's Business Manager name the
 * audience that they come from. Those that were migrated do not.
 */
import { type AudienceList, type AudienceLists, LyAdsError } from '../../../packages/ly-ads/src/index.ts';
import type { TakenOver } from '../destination.ts';
import { explained, hasCode } from './failure.ts';
import { accountIdOf, audienceOf } from './lists.ts';

const types = ['BUSINESS_MANAGER', 'MIGRATED_LINE_AUDIENCE'] as const;

export async function* takenOver(
  lists: AudienceLists,
  account: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<TakenOver, void> {
  // Only with their details they name the audience.
  const all = lists.list(accountIdOf(account), { audienceListTypes: [...types], includeDetail: true, signal });
  for (;;) {
    const next = await explained(all.next().catch(noneWithoutRight));
    if (next.done) return;
    const { value } = next;
    const found = takenOverOf(value);
    if (found) yield found;
  }
}

/** An account that may not use customer data has no such list. Many manager accounts have one below them. */
function noneWithoutRight(error: unknown): IteratorReturnResult<undefined> {
  if (error instanceof LyAdsError && hasCode(error, '210003')) return { done: true, value: undefined };
  throw error;
}

/** Undefined for one of LINE Official Account, and for one of a type that was not asked for. */
function takenOverOf(list: AudienceList): TakenOver | undefined {
  const { id, name, type, size } = audienceOf(list);
  const isMigrated = type === 'MIGRATED_LINE_AUDIENCE';
  const isShared = type === 'BUSINESS_MANAGER' && list.lineAudienceGroupOwnerType === 'LINE_ADS';
  if (!isMigrated && !isShared) return undefined;
  return { id, name, type, size, originalId: isShared ? list.lineAudienceGroupId : null };
}
