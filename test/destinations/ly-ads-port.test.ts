/** What only LY Ads does behind the port of destinations, against its simulator. */
import { describe, expect, test } from 'vitest';
import { codeAdvice, LyAdsError } from '../../packages/ly-ads/src/index.ts';
import type { RequestRecord } from '../../src/destinations/connect.ts';
import type { Destination, DestinationCheck, Sent } from '../../src/destinations/destination.ts';
import { explain } from '../../src/destinations/ly-ads/failure.ts';
import { jobSince, uploadJobOf, uploadTypeOf } from '../../src/destinations/ly-ads/jobs.ts';
import { lyAdsTraits } from '../../src/domain/destinations/ly-ads.ts';
import { inEnglish } from '../../src/domain/text/sentence.ts';
import { hashesOf } from './contract/given.ts';
import { lyAdsKit } from './ly-ads-kit.ts';

const signal = new AbortController().signal;

const upload = (account: string, id: string, lines: readonly string[], heading = 'Email') => {
  const content = Buffer.from(`${[heading, ...lines].join('\n')}\n`);
  return {
    account,
    audience: { id },
    action: 'ADD' as const,
    identifierType: 'email' as const,
    fileName: 'lineup-r1-1.txt',
    bytes: content.length,
    read: async function* () {
      yield content;
    },
    onProgress: () => {},
    signal,
  };
};

async function listOf(destination: Destination, account = '1011'): Promise<string> {
  const made = await destination.create!(account, { name: 'VIP', identifierType: 'email', memberDays: 30 }, signal);
  if (made.outcome !== 'taken') throw made.why;
  return made.value.id;
}

describe('the pre-flight', () => {
  const failing = (checks: readonly DestinationCheck[]) =>
    checks.filter(({ ok }) => ok === false).map(({ name, field }) => [name, field]);

  test.each<[string, { account?: string; base?: string; person?: string }, [string, string | undefined][]]>([
    ['an ad account below its base', {}, []],
    ['an ad account that is its own base', { account: '2001', base: '2001' }, []],
    ['no base account', { base: '' }, [['base_account', 'configuration.base_account_id']]],
    ['a base account of others', { base: '1012' }, [['base_account', 'configuration.base_account_id']]],
    [
      'a base account that may only be read',
      { base: '3001', account: '3001' },
      [['right', 'configuration.base_account_id']],
    ],
    ['a test account', { account: '1013' }, [['ad_account', 'adaccount_id']]],
    ['an account without customer data', { account: '1014' }, [['customer_data', 'adaccount_id']]],
    ['an account that is suspended', { account: '1015' }, [['ad_account', 'adaccount_id']]],
    ['an account elsewhere', { account: '2001' }, [['ad_account', 'adaccount_id']]],
    ['what is no account', { account: 'A1' }, [['ad_account', 'adaccount_id']]],
  ])('of %s names the field of its problem', async (_, { account = '1011', base = '1001' }, problems) => {
    const { kit, credentials } = await lyAdsKit();
    const destination = await kit.connect({ credentials: { ...credentials, base_account_id: base } });
    const checks = await destination.verify({ account }, signal);
    expect(failing(checks)).toEqual(problems);
    // What comes after a problem is not known.
    const at = checks.findIndex(({ ok }) => ok === false);
    if (at >= 0) expect(checks.slice(at + 1).every(({ ok }) => ok === null)).toBe(true);
    expect(checks.find(({ name }) => name === 'key')?.ok).toBe(true);
  });

  test('of an audience list says that its data connection has stopped, and nothing is sent to it', async () => {
    const { kit, simulator } = await lyAdsKit();
    const destination = await kit.connect();
    const id = await listOf(destination);
    const verify = () => destination.verify({ account: '1011', audienceId: id, identifierType: 'phone' }, signal);
    expect(failing(await verify())).toEqual([]);
    simulator.state.stopConnection(id, true);
    const problem = (await verify()).find(({ name }) => name === 'audience');
    expect(problem).toMatchObject({ ok: false, message: expect.stringContaining('has stopped') });
    const sent = await destination.send(upload('1011', id, hashesOf(100)));
    expect(sent).toMatchObject({ outcome: 'not_taken', reason: '210001', why: { code: 'line_rejected' } });
  });

  test('is not about the consent when there is no token for another reason', async () => {
    const { kit } = await lyAdsKit();
    const destination = await kit.connect({ tokens: { current: () => Promise.reject(new Error('no')) } });
    await expect(destination.page('1011', { page: 1, size: 1 })).rejects.toMatchObject({ code: 'line_unavailable' });
  });
});

test('accounts are those that take uploads, and base accounts say why they take none', async () => {
  const { kit, credentials } = await lyAdsKit();
  const destination = await kit.connect();
  const ids = (await destination.accounts(100, signal)).map(({ id }) => id);
  expect(ids).toEqual(['1011', '1012', '1014', '1015', '1017']);
  expect(await destination.accounts(1, signal)).toEqual([{ id: '1011', name: 'Example Store' }]);
  const single = await kit.connect({ credentials: { ...credentials, base_account_id: '2001' } });
  expect(await single.accounts(100, signal)).toEqual([{ id: '2001', name: 'Example Games' }]);

  const without = await kit.connect({ credentials: { ...credentials, base_account_id: '' } });
  const { consentedAs, accounts } = await without.baseAccounts!(100, signal);
  expect(consentedAs).toBe('BIZ0001');
  const shown = accounts.map(({ id, isManager, unusable }) => [id, isManager, unusable && inEnglish(unusable)]);
  expect(shown).toEqual([
    ['1001', true, null],
    ['2001', false, null],
    ['2002', false, expect.stringContaining('test account')],
    ['3001', false, expect.stringContaining('may only look')],
  ]);
  await expect(without.accounts(100, signal)).rejects.toMatchObject({ code: 'line_unauthorized' });
  await expect(without.page('1011', { page: 1, size: 10 })).rejects.toMatchObject({ code: 'line_unauthorized' });
});

test('lists are searched by a part of their names, and found by what they are', async () => {
  const { kit, simulator } = await lyAdsKit();
  const destination = await kit.connect();
  for (let n = 0; n < 5; n += 1) kit.addAudience(`Shop ${n}`);
  simulator.addList({ name: 'At LINE', accountId: '1011', type: 'BUSINESS_MANAGER' });
  const page = (asked: { page: number; size: number; search?: string }) => destination.page('1011', asked, signal);
  expect((await page({ page: 2, size: 2, search: 'shop' })).items.map(({ name }) => name)).toEqual([
    'Shop 2',
    'Shop 3',
  ]);
  expect(await page({ page: 3, size: 2, search: 'shop' })).toMatchObject({
    items: [{ name: 'Shop 4' }],
    hasNext: false,
  });
  expect(await page({ page: 1, size: 5 })).toMatchObject({ hasNext: true });
  const [other] = (await page({ page: 1, size: 9, search: 'at line' })).items;
  expect(other).toMatchObject({ identifierType: null, type: 'BUSINESS_MANAGER', status: 'IN_PROGRESS', size: '-' });
  const found: string[] = [];
  for await (const { id } of destination.find('1011', { ids: ['abc', '0', other!.id, '9'.repeat(20)] }, signal))
    found.push(id);
  expect(found).toEqual([other!.id]);
});

test('a new name keeps the days of a list', async () => {
  const { kit, simulator } = await lyAdsKit({ setDuration: 'refused' });
  const destination = await kit.connect();
  const id = await listOf(destination);
  expect(await destination.rename('1011', id, 'Members')).toMatchObject({
    outcome: 'taken',
    value: { name: 'Members' },
  });
  const list = simulator.inspect().lists.find((shown) => shown.id === id);
  expect(list).toMatchObject({ name: 'Members', dataDuration: 30 });
});

test('a list that is in use is not removed, and says why', async () => {
  const { kit, simulator } = await lyAdsKit();
  const destination = await kit.connect();
  const id = await listOf(destination);
  simulator.state.useList(id, true);
  const removed = await destination.remove('1011', id);
  expect(removed).toMatchObject({ outcome: 'not_taken', reason: '211008' });
  expect(removed.outcome !== 'taken' && removed.why.message).toContain('Take it out there first.');
});

test.each(['request', 'value'] as const)('a refusal is seen at the level of the %s', async (errorLevel) => {
  const { kit } = await lyAdsKit({ errorLevel });
  const destination = await kit.connect();
  await expect(destination.page('1014', { page: 1, size: 1 })).rejects.toMatchObject({
    code: 'line_forbidden',
    reason: '210003',
  });
  const unknown = await destination.rename('1011', '999', 'N');
  expect(unknown).toMatchObject({ outcome: 'not_taken', reason: '110005' });
});

test('the log has LY’s code of a refusal with 200, and no query', async () => {
  const { kit } = await lyAdsKit();
  const log: RequestRecord[] = [];
  const destination = await kit.connect({ log: (entry) => log.push(entry) });
  await destination.page('1014', { page: 1, size: 1 }).catch(() => {});
  expect(log).toMatchObject([
    { endpoint: '/api/v20/AudienceListService/get', status: 200, error: '210003', attempt: 1 },
  ]);
  await destination.page('1011', { page: 1, size: 1 });
  expect(log[1]).not.toHaveProperty('error');
});

describe('a lost answer', () => {
  const at = (second: number) => `202607010900${String(second).padStart(2, '0')}`;
  const job = (uploadJobId: string, more: object = {}) => ({
    uploadJobId,
    audienceListId: '5001',
    uploadType: 'MAIL_ADDRESS_AND_PHONE_NUMBER' as string | null,
    uploadSubmitDate: at(10) as string | null,
    receivedDate: null,
    jobStatus: 'RECEIVING',
    uploadSource: 'API' as string | null,
    ...more,
  });
  const sent: Sent = {
    account: '1011',
    audience: { id: '5001' },
    fileName: 'lineup-r1-1.txt',
    identifierType: 'email',
    since: '2026-07-01T00:00:10.900Z',
    jobId: null,
    otherJobIds: ['1'],
  };

  test.each<[string, ReturnType<typeof job>[], string | undefined]>([
    ['nothing', [], undefined],
    ['the only new one, in the same second', [job('2'), job('1')], '2'],
    ['the only new one, by a clock that is a little behind', [job('2', { uploadSubmitDate: at(6) })], '2'],
    ['one from before', [job('2', { uploadSubmitDate: at(4) })], undefined],
    ['two', [job('2'), job('3')], undefined],
    ['one of another type', [job('2', { uploadType: 'IDFA' })], undefined],
    ['one of another type beside ours', [job('2', { uploadType: 'IDFA' }), job('3')], '3'],
    ['one that a person has uploaded', [job('2', { uploadSource: 'CAMPAIGN_MANAGEMENT_TOOL' })], undefined],
    ['one of a source that is not told', [job('2', { uploadSource: null })], undefined],
    ['ours beside one of an unknown source', [job('2'), job('3', { uploadSource: 'UNKNOWN' })], undefined],
    ['ours beside one of an unknown type', [job('2'), job('3', { uploadType: 'UNKNOWN' })], undefined],
    ['ours beside one without a time', [job('2'), job('3', { uploadSubmitDate: null })], undefined],
    ['one without a time', [job('2', { uploadSubmitDate: null })], undefined],
    ['as many as LY shows', [job('2'), ...Array.from({ length: 99 }, () => job('1'))], undefined],
  ])('finds %s', (_, jobs, found) => {
    expect(jobSince(jobs, sent)?.uploadJobId).toBe(found);
  });

  test('of advertising IDs is looked for by their kind', () => {
    const ifa = { ...sent, identifierType: 'ifa' as const, kind: 'idfa' };
    expect(jobSince([job('2', { uploadType: 'IDFA' }), job('3', { uploadType: 'AAID' })], ifa)?.uploadJobId).toBe('2');
    expect(uploadTypeOf({ identifierType: 'phone' })).toBe('MAIL_ADDRESS_AND_PHONE_NUMBER');
    expect(() => uploadTypeOf({ identifierType: 'ifa' })).toThrow(/needs their kind/);
    expect(() => uploadTypeOf({ identifierType: 'line_user_id' })).toThrow(/takes no identifiers of the type/);
  });

  test.each([
    ['RECEIVING', 'WORKING', false],
    ['RECEIVED', 'FINISHED', false],
    ['INVALID_FILE', 'FAILED', false],
    ['FAILED', 'FAILED', true],
    ['POLISHING', 'WORKING', false],
    [null, 'WORKING', false],
  ])('the word %s is %s', (jobStatus, state, again) => {
    const read = uploadJobOf(job('2', { jobStatus }));
    expect(read).toMatchObject({ state, again, word: jobStatus ?? 'UNKNOWN', created: '2026-07-01T00:00:10.000Z' });
    expect(read.meaning === null).toBe(state !== 'FAILED');
  });
});

describe('every code of LY', () => {
  test.each(Object.keys(codeAdvice))('%s says what to do', (code) => {
    const failure = { code: 'bad_request', message: '', retryable: false, mayBeTaken: false, status: 200 } as const;
    const errors = [{ code, message: '', details: [{ key: 'accountId' }] }];
    const error = new LyAdsError({ ...failure, errors }, { message: '', attempts: 1, outcome: 'not_taken' });
    expect(explain(error).message).toBe(`LY Ads answered 200 ${code} (accountId). ${codeAdvice[code]}`);
  });

  test('that decides what happens next has a sentence', () => {
    const { nameTaken, ofRequest } = lyAdsTraits.reasons;
    for (const code of [nameTaken, ...ofRequest]) expect(codeAdvice).toHaveProperty(code);
  });
});
