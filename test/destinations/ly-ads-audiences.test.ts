/** What only LY Ads has: lists that it has taken over, and lists that take nothing more. */
import { expect, test } from 'vitest';
import { LyAdsClient } from '../../packages/ly-ads/src/index.ts';
import type { TakenOver } from '../../src/destinations/destination.ts';
import { lyAdsDestination } from '../../src/destinations/ly-ads/destination.ts';
import { inEnglish } from '../../src/domain/text/sentence.ts';
import { lyAdsKit } from './ly-ads-kit.ts';

async function all(lists: AsyncIterable<TakenOver> | undefined): Promise<TakenOver[]> {
  const found: TakenOver[] = [];
  for await (const list of lists ?? []) found.push(list);
  return found;
}

test('the lists that come from LINE Ads are found, with the audience that they name', async () => {
  const { kit, simulator } = await lyAdsKit();
  kit.addAudience('Own');
  const line = { accountId: '1011', type: 'BUSINESS_MANAGER', lineAudienceGroupType: 'EMAIL_ADDRESS_UPLOAD' } as const;
  const ofAds = simulator.addList({
    ...line,
    name: 'Buyers',
    lineAudienceGroupId: '5343822743475',
    lineAudienceGroupOwnerType: 'LINE_ADS',
    reach: 700,
  });
  simulator.addList({ ...line, name: 'Friends', lineAudienceGroupId: '77', lineAudienceGroupOwnerType: 'LINE_OA' });
  const migrated = simulator.addList({ accountId: '1011', name: 'VIP', type: 'MIGRATED_LINE_AUDIENCE' });
  const destination = await kit.connect();
  const found = await all(destination.takenOver?.(kit.account));
  expect(found).toContainEqual({
    id: ofAds,
    name: 'Buyers',
    type: 'BUSINESS_MANAGER',
    size: '700',
    originalId: '5343822743475',
  });
  expect(found).toContainEqual(expect.objectContaining({ id: migrated, name: 'VIP', originalId: null }));
  expect(found.map(({ name }) => name)).not.toEqual(expect.arrayContaining(['Own']));
  expect(found.map(({ name }) => name)).not.toEqual(expect.arrayContaining(['Friends']));
  // One account without the right for customer data is no failure of the comparison.
  expect(await all(destination.takenOver?.('1014'))).toEqual([]);
  expect(kit.violations()).toEqual([]);
  await expect(all(destination.takenOver?.('4242'))).rejects.toMatchObject({ code: 'line_forbidden' });
});

test('pages go on where LY does not say how many entries there are', async () => {
  const all = Array.from({ length: 201 }, (_, at) => at + 1);
  const fetch = async (_: unknown, init?: RequestInit) => {
    const { startIndex, numberResults } = JSON.parse(String(init?.body)) as Record<string, number>;
    const ids = all.slice(startIndex! - 1, startIndex! - 1 + numberResults!);
    const values = ids.map((id) => ({
      operationSucceeded: true,
      account: { accountId: id },
      audienceList: listOf(id),
    }));
    return Response.json({ rid: '1', errors: null, rval: { totalNumEntries: null, values } });
  };
  const listOf = (id: number) => ({ audienceListId: id, audienceListName: `List ${id}` });
  const client = new LyAdsClient({ clientId: 'pages', token: async () => 'a-token', baseAccountId: '1', fetch });
  const destination = lyAdsDestination(client, '1');
  const signal = new AbortController().signal;
  const { accounts } = await destination.baseAccounts!(1_000, signal);
  expect(accounts).toHaveLength(201);
  const pageOf = async (page: number, size: number) => destination.page('2', { page, size, search: undefined }, signal);
  expect(await pageOf(1, 200)).toMatchObject({ hasNext: true });
  expect(await pageOf(2, 200)).toMatchObject({ hasNext: false, items: [{ name: 'List 201' }] });
});

test('a list whose connection has stopped says what to do', async () => {
  const { kit, simulator } = await lyAdsKit();
  const id = kit.addAudience('VIP');
  const destination = await kit.connect();
  const unusable = async () => {
    for await (const { unusable: why } of destination.find(kit.account, { ids: [id] })) return why && inEnglish(why);
    return undefined;
  };
  expect(await unusable()).toBeNull();
  simulator.state.stopConnection(id, true);
  expect(await unusable()).toContain('Use it in an ad');
});

test('days that LY does not take are explained', async () => {
  const errors = [{ code: 'V0001', message: '', details: [{ requestKey: 'operand[0].dataDuration' }] }];
  const refusal = { rid: '1', errors: null, rval: { values: [{ operationSucceeded: false, errors }] } };
  const answers = [Response.json(refusal)];
  const fetch = async () => answers.shift()!;
  const client = new LyAdsClient({ clientId: 'days', token: async () => 'a-token', baseAccountId: '1', fetch });
  const destination = lyAdsDestination(client, '1');
  const made = await destination.create!(
    '2',
    { name: 'VIP', identifierType: 'email', memberDays: 90 },
    new AbortController().signal,
  );
  expect(made).toMatchObject({ outcome: 'not_taken', why: { retryable: false } });
  expect(made.outcome === 'taken' ? '' : made.why.message).toContain('Try a smaller one');
});
