/** LY's audience lists as audiences, and how they are found. LY can only search by id. */
import { type AudienceList, type AudienceLists, LyAdsError } from '../../../packages/ly-ads/src/index.ts';
import { lyAdsTraits } from '../../domain/destinations/ly-ads.ts';
import { LineupError } from '../../domain/errors/errors.ts';
import { sentence } from '../../domain/text/sentence.ts';
import type { Audience, AudiencePage } from '../destination.ts';
import { explained, hasCode } from './failure.ts';

/** As many as LY takes in one request. */
const MAX_IDS = 1_000;
const UNKNOWN_ID = '110005';

export function audienceOf(list: AudienceList): Audience {
  const { audienceListType, reach } = list;
  const isOurs = audienceListType === lyAdsTraits.identifiers.email.audienceType;
  const hasReach = reach !== null && reach > 0;
  return {
    id: list.audienceListId,
    name: list.audienceListName ?? '',
    // A list of customer data takes all types of identifiers, and no other list takes any.
    identifierType: null,
    type: audienceListType ?? 'UNKNOWN',
    // LY has no word for it: a reach of 0 or none may also mean that it has not counted yet.
    status: hasReach ? 'READY' : 'IN_PROGRESS',
    failedType: null,
    size: hasReach ? String(reach) : '-',
    // LY does not tell it.
    created: '',
    ...(isOurs && list.dataDuration !== null && { memberDays: list.dataDuration }),
    unusable: list.dataConnectionStopped
      ? sentence`The data connection of the audience list "${list.audienceListName ?? ''}" has stopped, because no ad has used it for 100 days. LY Ads takes no uploads for it. Use it in an ad, or choose another one.`
      : null,
  };
}

/** The number of an ad account. @throws {LineupError} */
export function accountIdOf(account: string): string {
  if (isId(account)) return account;
  throw new LineupError('line_rejected', sentence`"${account}" is not the number of an ad account of LY Ads.`);
}

/** What cannot be an id is none of a list, and LY is not asked for it. */
export const isId = (text: string): boolean => /^[1-9]\d{0,15}$/.test(text) && Number.isSafeInteger(Number(text));

/** Without the number of all entries, a full page has another one after it. */
export const hasNextPage = (
  { items, totalNumEntries }: { readonly items: readonly unknown[]; readonly totalNumEntries: number | null },
  page: number,
  size: number,
): boolean => items.length > 0 && (totalNumEntries === null ? items.length === size : page * size < totalNumEntries);

export async function pageOf(
  lists: AudienceLists,
  account: string,
  { page, size, search }: AudiencePage,
  signal: AbortSignal | undefined,
): Promise<{ items: Audience[]; hasNext: boolean }> {
  if (!search) {
    const answer = await explained(lists.page(accountIdOf(account), { page, numberResults: size, signal }));
    return { items: answer.items.map(audienceOf), hasNext: hasNextPage(answer, page, size) };
  }
  const wanted = search.toLowerCase();
  const found: Audience[] = [];
  for await (const audience of everyList(lists, account, signal)) {
    if (audience.name.toLowerCase().includes(wanted)) found.push(audience);
  }
  return { items: found.slice((page - 1) * size, page * size), hasNext: page * size < found.length };
}

export async function* everyList(
  lists: AudienceLists,
  account: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Audience, void> {
  const all = lists.list(accountIdOf(account), { signal });
  for (;;) {
    const { done, value } = await explained(all.next());
    if (done) return;
    yield audienceOf(value);
  }
}

export async function* listsByIds(
  lists: AudienceLists,
  account: string,
  ids: readonly string[],
  signal: AbortSignal | undefined,
): AsyncGenerator<Audience, void> {
  const wanted = [...new Set(ids)].filter(isId);
  for (let from = 0; from < wanted.length; from += MAX_IDS) {
    yield* await someLists(lists, account, wanted.slice(from, from + MAX_IDS), signal);
  }
}

/** LY may leave out what it does not know, or refuse the whole request: then all are looked through. */
async function someLists(
  lists: AudienceLists,
  account: string,
  ids: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Audience[]> {
  const asked = lists.page(accountIdOf(account), { audienceListIds: ids, signal });
  const answer = await explained(
    asked.catch((error: unknown) => {
      if (error instanceof LyAdsError && hasCode(error, UNKNOWN_ID)) return undefined;
      throw error;
    }),
  );
  if (answer) return answer.items.map(audienceOf);
  const found: Audience[] = [];
  if (ids.length === 1) return found;
  for await (const audience of everyList(lists, account, signal)) if (ids.includes(audience.id)) found.push(audience);
  return found;
}

/** The days of a list. LY wants them with every change. */
export async function daysOf(lists: AudienceLists, account: string, id: string): Promise<number | undefined> {
  const { items } = await lists.page(accountIdOf(account), { audienceListIds: [id] });
  return items[0]?.dataDuration ?? undefined;
}
