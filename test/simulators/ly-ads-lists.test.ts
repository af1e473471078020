/** Accounts and audience lists: rights, rules of every field, and where an answer has its errors. */
import { describe, expect, test } from 'vitest';
import { type Ly, listOf, type Sent, startLy, violations } from './ly-ads-client.ts';

const names = ({ json }: Sent) =>
  json.rval.values.map(({ account }: { account: { accountId: number } }) => account.accountId);

describe('accounts', () => {
  test('of a person are those with direct access, without test accounts unless asked for', async () => {
    const { sim, ly } = await startLy();
    const base = (body: object, token = ly.token) => ly.call('BaseAccountService/get', body, { token, base: null });
    expect(names(await base({}))).toEqual([1001, 2001, 3001]);
    expect(names(await base({ includeTestAccount: 'ALL' }))).toEqual([1001, 2001, 2002, 3001]);
    expect(names(await base({ includeTestAccount: 'ONLY_TEST' }))).toEqual([2002]);
    expect(names(await base({ includeMccAccount: 'ONLY_MCC' }))).toEqual([1001]);
    expect(names(await base({ includeMccAccount: 'ONLY_ADS_ACCOUNT' }))).toEqual([2001, 3001]);
    expect(names(await base({ authType: 'REFERABLE' }))).toEqual([3001]);
    expect(names(await base({ accountIds: [2001, 1011] }))).toEqual([2001]);
    const page = await base({ startIndex: 2, numberResults: 1 });
    expect([names(page), page.json.rval.totalNumEntries]).toEqual([[2001], 3]);
    const { json } = await base({ accountIds: [1001] });
    expect(json.rval.values[0].account).toEqual({
      accountId: 1001,
      accountName: 'Example Group',
      accountStatus: 'SERVING',
      authType: 'UPDATABLE',
      isMccAccount: 'TRUE',
      isRootMccAccount: 'TRUE',
      isTestAccount: 'FALSE',
    });
    expect(names(await base({}, sim.grant(undefined, 'BIZ0003').accessToken))).toEqual([]);
    const reader = await base({ accountIds: [1001] }, sim.grant(undefined, 'BIZ0002').accessToken);
    expect(reader.json.rval.values[0].account.authType).toBe('REFERABLE');
  });

  test('below a base are its children, or itself', async () => {
    const { sim, ly } = await startLy();
    const below = (body: object, base = '1001') => ly.call('AccountService/get', body, { base });
    expect(names(await below({}))).toEqual([1011, 1012, 1014, 1015, 1016, 1017]);
    expect(names(await below({ includeTestAccount: 'ALL', accountStatuses: ['SERVING'] }))).toEqual([
      1011, 1012, 1013, 1014,
    ]);
    expect(names(await below({ includeMccAccount: 'ONLY_MCC_ACCOUNT' }))).toEqual([1001]);
    expect((await below({ includeMccAccount: 'ALL' })).result).toBe('V0001');
    expect(names(await below({}, '2001'))).toEqual([2001]);
    sim.configure({ ownAccount: 'left-out' });
    expect(names(await below({}, '2001'))).toEqual([]);
    expect(names(await below({ startIndex: 6 }))).toEqual([1017]);
    const page = await below({ startIndex: 5, numberResults: 5 });
    expect([names(page), page.json.rval.totalNumEntries]).toEqual([[1016, 1017], 6]);
    expect((await below({ numberResults: 501 })).result).toBe('V0001');
  });

  test.each([
    ['without the header', { base: null }, '403/0098', ['missing_base_account']],
    ['with a header that is no number', { base: 'x' }, '403/0098', ['missing_base_account']],
    ['with a base that does not exist', { base: '9' }, '403/0098', []],
    ['with a child as the base', { base: '1011' }, '403/0098', []],
    ['without a token', { headers: { authorization: '' } }, '401/0110', []],
    ['with an unknown token', { token: 'x' }, '401/0111', []],
    ['with another content type', { headers: { 'content-type': 'text/plain' } }, '400/0005', []],
  ])('a call %s is refused', async (_, options, result, found) => {
    const { sim, ly } = await startLy();
    expect((await ly.lists('get', {}, options)).result).toBe(result);
    expect(violations(sim)).toEqual(found);
  });

  test.each([
    ['that does not exist', 9, '401/0112'],
    ['below another base', 2001, '403/0098'],
    ['that is an MCC', 1001, 'V0001'],
    ['that is ENDED', 1016, '401/0113'],
    ['that may not use customer data', 1014, '210003'],
  ])('lists of an account %s are refused', async (_, accountId, result) => {
    const { ly } = await startLy();
    expect((await ly.lists('get', { accountId })).result).toBe(result);
  });

  test('that are not SERVING or may only be read can be read, but not changed', async () => {
    const { sim, ly } = await startLy();
    const add = (accountId: number, options = {}) =>
      ly.lists('add', { accountId, operand: [listOf({ name: 'VIP', dataDuration: 30 })] }, options);
    for (const accountId of [1015, 1017]) {
      expect((await ly.lists('get', { accountId })).result).toBe('ok');
      expect((await add(accountId)).result).toBe('I0001');
    }
    expect((await ly.lists('get', { accountId: 3001 }, { base: '3001' })).result).toBe('ok');
    expect((await add(3001, { base: '3001' })).result).toBe('403/0098');
    const { accessToken: token } = sim.grant(undefined, 'BIZ0002');
    expect((await add(1011, { token })).result).toBe('403/0098');
  });
});

test('a body must be a JSON object at a known address', async () => {
  const { ly } = await startLy();
  expect((await ly.call('AudienceListService/get', '{')).result).toBe('400/0004');
  expect((await ly.call('AudienceListService/get', '[]')).result).toBe('F0001');
  expect((await ly.call('AudienceListService/get', ' '.repeat(2 ** 20 + 1))).result).toBe('400/0001');
  expect((await ly.call('OtherService/get', {})).result).toBe('404/0001');
});

describe('lists', () => {
  test('are added, found, changed and removed', async () => {
    const { ly } = await startLy();
    const id = await ly.newList('VIP', 30);
    expect(await ly.list(id)).toEqual({
      accountId: 1011,
      audienceListId: id,
      audienceListName: 'VIP',
      description: null,
      isRemoveDescription: null,
      deliveryStatus: 'ACTIVE',
      reach: null,
      sourceAccountId: null,
      sourceAccountName: null,
      sourceType: 'CUSTOMER_DATA_FILE',
      isShared: false,
      dataConnectionStopped: 'FALSE',
      audienceListContent: {
        audienceListType: 'CUSTOMER_DATA',
        customerDataAudienceList: { dataDuration: 30 },
        businessManagerAudienceList: null,
        migratedLineAudienceList: null,
      },
    });
    const set = (more: object) => ly.lists('set', { operand: [{ ...listOf({}), audienceListId: id, ...more }] });
    expect((await set({ audienceListName: 'VIP 2026', description: 'Ours' })).result).toBe('ok');
    expect(await ly.list(id)).toMatchObject({ audienceListName: 'VIP 2026', description: 'Ours' });
    expect((await set(listOf({ dataDuration: 60, isRemoveDescription: 'TRUE' }))).result).toBe('ok');
    expect(await ly.list(id)).toMatchObject({
      description: null,
      audienceListContent: { customerDataAudienceList: { dataDuration: 60 } },
    });
    expect((await ly.lists('remove', { operand: [{ audienceListId: id }] })).result).toBe('ok');
    expect((await ly.lists('get', { audienceListIds: [id] })).result).toBe('110005');
  });

  test('show their content only when asked, and are filtered and paged', async () => {
    const { sim, ly } = await startLy();
    await ly.newList('VIP');
    sim.addList({ name: 'Shared', accountId: '1011', isShared: true });
    const get = async (body: object) => (await ly.lists('get', body)).json.rval;
    const called = (rval: { values: { audienceList: { audienceListName: string } }[] }) =>
      rval.values.map(({ audienceList }) => audienceList.audienceListName);
    const all = await get({});
    expect(called(all).slice(-2)).toEqual(['VIP', 'Shared']);
    expect(all.values.at(-1).audienceList.audienceListContent).toMatchObject({
      audienceListType: 'CUSTOMER_DATA',
      customerDataAudienceList: null,
    });
    expect(called(await get({ audienceListTypes: ['CUSTOMER_DATA'] }))).toEqual(['VIP', 'Shared']);
    expect(called(await get({ sharingStatusFilterType: 'SHARED' }))).toEqual(['Shared']);
    expect(called(await get({ startIndex: 5, numberResults: 1 }))).toEqual(['VIP']);
    expect(all.totalNumEntries).toBe(6);
    sim.configure({ detail: 'always', absentProperties: 'omit' });
    const [list] = (await get({ audienceListTypes: ['BUSINESS_MANAGER'] })).values;
    expect(list.audienceList).not.toHaveProperty('description');
    expect(list.audienceList.audienceListContent).toEqual({
      audienceListType: 'BUSINESS_MANAGER',
      businessManagerAudienceList: {
        lineAudienceGroupId: 5343820000303,
        lineAudienceGroupType: 'IDFA_AAID_UPLOAD',
        lineAudienceGroupOwnerType: 'LINE_ADS',
      },
    });
    const [migrated] = (await get({ audienceListTypes: ['MIGRATED_LINE_AUDIENCE'] })).values;
    expect(migrated.audienceList.audienceListContent.migratedLineAudienceList).toEqual({
      dataDuration: 180,
      lineAudienceGroupType: 'EMAIL_ADDRESS_UPLOAD',
    });
  });

  test.each<[string, object, string]>([
    ['no account', { accountId: undefined }, 'R0001'],
    ['an account that is text', { accountId: '1011' }, 'F0001'],
    ['a flag that is text', { includeDetail: 'TRUE' }, 'F0001'],
    ['too many ids', { audienceListIds: Array.from({ length: 1001 }, (_, index) => index + 1) }, 'L0001'],
    ['an id above 2^53', { audienceListIds: [2 ** 60] }, 'V0001'],
    ['an unknown type', { audienceListTypes: ['UNKNOWN'] }, 'V0001'],
    ['too large a page', { numberResults: 1001 }, 'V0001'],
    ['page 0', { startIndex: 0 }, 'V0001'],
    ['nulls', { audienceListIds: null, includeDetail: null, startIndex: null, numberResults: null }, 'ok'],
  ])('get with %s answers %s', async (_, body, result) => {
    const { ly } = await startLy();
    expect((await ly.lists('get', body)).result).toBe(result);
  });

  const given = { name: 'VIP', dataDuration: 30 };
  test.each<[string, object, string]>([
    ['128 characters', listOf({ ...given, name: '会'.repeat(128) }), 'ok'],
    ['129 characters', listOf({ ...given, name: '会'.repeat(129) }), '[V0001]'],
    ['no name', listOf({ dataDuration: 30 }), '[R0001]'],
    ['an empty name', listOf({ ...given, name: ' ' }), '[V0001]'],
    ['a name that is taken', listOf({ ...given, name: 'Site visitors, 30 days' }), '[D0001]'],
    ['no duration', listOf({ name: 'VIP' }), '[R0001]'],
    ['a duration of null', listOf({ ...given, dataDuration: null as unknown as number }), '[R0001]'],
    ['0 days', listOf({ ...given, dataDuration: 0 }), '[V0001]'],
    ['180 days', listOf({ ...given, dataDuration: 180 }), 'ok'],
    ['181 days', listOf({ ...given, dataDuration: 181 }), '[V0001]'],
    ['half a day', listOf({ ...given, dataDuration: 1.5 }), '[F0001]'],
    ['days as text', listOf({ ...given, dataDuration: '30' as unknown as number }), '[F0001]'],
    ['no content', { audienceListName: 'VIP' }, '[R0001]'],
    [
      'another type',
      { audienceListName: 'VIP', audienceListContent: { audienceListType: 'BUSINESS_MANAGER' } },
      '[V0001]',
    ],
    [
      'properties that are only answers',
      listOf({ ...given, reach: 5, deliveryStatus: 'PAUSED', isShared: true }),
      'ok',
    ],
  ])('add with %s answers %s', async (_, operand, result) => {
    const { ly } = await startLy();
    const { result: got } = await ly.lists('add', { operand: [operand] });
    expect(got).toBe(result);
  });

  test('an error names its field', async () => {
    const { ly } = await startLy();
    const { json } = await ly.lists('add', { operand: [listOf(given), listOf({ name: 'Two', dataDuration: 999 })] });
    expect(json.rval.values).toMatchObject([
      { operationSucceeded: true, errors: null, audienceList: { audienceListName: 'VIP' } },
      {
        operationSucceeded: false,
        audienceList: null,
        errors: [
          {
            code: 'V0001',
            details: [
              {
                requestKey: 'operand[1].audienceListContent.customerDataAudienceList.dataDuration',
                requestValue: '999',
              },
            ],
          },
        ],
      },
    ]);
  });

  test('come 1 to 20 in a request, each with a result of its own', async () => {
    const { ly } = await startLy();
    const operand = (count: number) =>
      Array.from({ length: count }, (_, index) => listOf({ name: `L${index}`, dataDuration: 1 }));
    expect((await ly.lists('add', { operand: [] })).result).toBe('L0002');
    expect((await ly.lists('add', { operand: operand(21) })).result).toBe('L0001');
    const { json } = await ly.lists('add', { operand: [...operand(3), ...operand(1), ...operand(1)] });
    expect(json.rval.values.map((value: { operationSucceeded: boolean }) => value.operationSucceeded)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  test('have limits that can be set: how many, how many days, one name for one list', async () => {
    const { sim, ly } = await startLy({ mostLists: 5, mostDays: 60, duplicateNames: 'allow' });
    const add = async (operand: object) => (await ly.lists('add', { operand: [operand] })).result;
    expect(await add(listOf({ name: 'VIP', dataDuration: 61 }))).toBe('[V0001]');
    expect(await add(listOf({ name: 'VIP', dataDuration: 60 }))).toBe('ok');
    expect(await add(listOf({ name: 'VIP', dataDuration: 60 }))).toBe('[LT001]');
    sim.configure({ mostLists: 6 });
    expect(await add(listOf({ name: 'VIP', dataDuration: 60 }))).toBe('ok');
  });

  test('may keep their duration, whatever set says', async () => {
    const { sim, ly } = await startLy({ setDuration: 'ignored' });
    const id = await ly.newList('VIP', 30);
    const set = async (more: Parameters<typeof listOf>[0]) =>
      (await ly.lists('set', { operand: [{ audienceListId: id, ...listOf(more) }] })).result;
    expect(await set({ dataDuration: 60 })).toBe('ok');
    expect((await ly.list(id)).audienceListContent.customerDataAudienceList.dataDuration).toBe(30);
    sim.configure({ setDuration: 'refused' });
    expect(await set({ dataDuration: 60 })).toBe('[210001]');
    expect(await set({ dataDuration: 30, name: 'New' })).toBe('ok');
  });

  const change = async (ly: Ly, action: string, audienceListId: number, more: object = listOf({})) =>
    (await ly.lists(action, { operand: [{ ...more, audienceListId }] })).result;

  test('of an ad group cannot be removed, those of others cannot be changed', async () => {
    const { sim, ly } = await startLy();
    const id = await ly.newList();
    sim.state.useList(String(id), true);
    expect(await change(ly, 'remove', id)).toBe('[211008]');
    sim.state.useList(String(id), false);
    expect(await change(ly, 'remove', id)).toBe('ok');
    for (const action of ['set', 'remove']) expect(await change(ly, action, 5000000303)).toBe('210001');
    expect(violations(sim)).toEqual([]);
    expect(await change(ly, 'remove', id)).toBe('110005');
    expect(violations(sim)).toEqual(['unknown_id']);
    sim.configure({ errorLevel: 'value' });
    expect(await change(ly, 'set', id)).toBe('[110005]');
    expect((await ly.lists('get', { audienceListIds: [id] })).result).toBe('[110005]');
    expect((await ly.lists('get', { accountId: 1014 })).result).toBe('[210003]');
    expect(await change(ly, 'set', 5000000303, { audienceListName: 'x' })).toBe('[R0001]');
  });

  test('may have ids near 2^53 and above it', async () => {
    const { sim, ly } = await startLy({ listIds: 'largest' });
    expect(await ly.newList('One')).toBe(Number.MAX_SAFE_INTEGER);
    sim.configure({ listIds: 'too-large' });
    const { text } = await ly.lists('add', { operand: [listOf({ name: 'Two', dataDuration: 1 })] });
    const [, id = ''] = /"audienceListId":(\d+)/.exec(text) ?? [];
    expect(String(Number(id))).not.toBe(id);
    expect(sim.state.list(id)).toMatchObject({ name: 'Two' });
  });
});
