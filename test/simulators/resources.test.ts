/** Everything except uploads: lists, rename, create, delete, overlap, ad accounts, link requests. */
import { describe, expect, test } from 'vitest';
import type { LineAdsSimulator } from '../../simulators/line-ads/index.ts';
import { lines, reason, send, upload } from './client.ts';
import { startSim } from './sim.ts';

const audiences = '/v3/adaccounts/A1/custom-audiences';
const instant = { jobMs: 0, matchMs: 0 };
const visitors = '5343820000101';
const lookalikeOfVisitors = '5343820000202';
const inUse = '5343820000303';

async function create(sim: LineAdsSimulator, name: string, from = 1, to = 200): Promise<string> {
  return String((await upload(sim.url, { name, file: lines(from, to) })).json.id);
}

describe('the list of custom audiences', () => {
  const names = (answer: { json: Record<string, unknown> }) =>
    (answer.json.audienceGroups as { name: string }[]).map(({ name }) => name);

  test('is flat, has pages, and says whether there are more', async () => {
    const sim = await startSim(instant);
    for (const name of ['b', 'a', 'c']) await create(sim, name);
    const all = await send(sim.url, 'GET', audiences);
    expect(all.json).toMatchObject({ page: 1, size: 100, totalElements: 8, hasNextPage: false });
    const first = await send(sim.url, 'GET', `${audiences}?page=1&size=5`);
    expect(first.json).toMatchObject({ page: 1, size: 5, totalElements: 8, hasNextPage: true });
    const second = await send(sim.url, 'GET', `${audiences}?page=2&size=5`);
    expect(second.json).toMatchObject({ page: 2, hasNextPage: false });
    expect([...names(first), ...names(second)]).toEqual(names(all));
    expect(new Set(names(all)).size).toBe(8);
    expect((await send(sim.url, 'GET', '/v3/adaccounts/A2/custom-audiences')).json).toMatchObject({
      totalElements: 0,
    });
  });

  test('can be searched by a part of the name, and sorted', async () => {
    const sim = await startSim(instant);
    for (const name of ['xb', 'xa', 'xc']) await create(sim, name);
    const get = async (query: string) => names(await send(sim.url, 'GET', `${audiences}?name=x&${query}`));
    expect(await get('sortKey=name&sortOrder=ASC')).toEqual(['xa', 'xb', 'xc']);
    expect(await get('sortKey=id&sortOrder=ASC')).toEqual(['xb', 'xa', 'xc']);
    expect(await get('sortKey=created&sortOrder=DESC')).toEqual(['xc', 'xa', 'xb']);
    expect(await get('sortKey=name&sortOrder=asc')).toEqual(['xa', 'xb', 'xc']);
    expect(await get('sortKey=name&sortOrder=desc')).toEqual(['xc', 'xb', 'xa']);
    const bySize = await send(sim.url, 'GET', `${audiences}?sortKey=estimatedAudienceSize`);
    expect(names(bySize)[0]).toBe('Lookalike of site visitors');
  });

  test.each([
    ['sortKey=size', 'INVALID_ENUM sortKey'],
    ['sortOrder=up', 'INVALID_ENUM sortOrder'],
    ['page=0', 'INVALID_VALUE page'],
    ['size=1001', 'INVALID_VALUE size'],
    ['size=many', 'INVALID_VALUE size'],
  ])('refuses %s', async (query, expected) => {
    const sim = await startSim();
    expect(reason(await send(sim.url, 'GET', `${audiences}?${query}`))).toBe(expected);
  });
});

test('an audience is renamed under the rules for names', async () => {
  const sim = await startSim(instant);
  const id = await create(sim, 'old');
  const rename = (json: unknown) => send(sim.url, 'POST', `${audiences}/${id}`, { json });
  const renamed = await rename({ name: '新しい名前' });
  expect([renamed.status, renamed.json.name]).toEqual([200, '新しい名前']);
  expect((await rename({ name: '新しい名前' })).status).toBe(200);
  expect(reason(await rename({}))).toBe('REQUIRED name');
  expect(reason(await rename({ name: 5 }))).toBe('INVALID_FORMAT name');
  expect(reason(await rename([]))).toBe('INVALID_FORMAT');
  expect(reason(await rename({ name: '' }))).toBe('AUDIENCE_GROUP_NAME_EMPTY name');
  expect(reason(await rename({ name: 'Site visitors, 30 days' }))).toBe('AUDIENCE_GROUP_NAME_DUPLICATE name');
  expect(reason(await send(sim.url, 'POST', `${audiences}/1`, { json: { name: 'x' } }))).toBe(
    'AUDIENCE_GROUP_NOT_FOUND id',
  );
  const form = { raw: { body: '{"name":"x"}', contentType: 'text/plain' } };
  expect(reason(await send(sim.url, 'POST', `${audiences}/${id}`, form))).toBe(
    'INVALID_CONTENT_TYPE_HEADER Content-Type',
  );
  const broken = { raw: { body: '{"name":', contentType: 'application/json' } };
  expect(reason(await send(sim.url, 'POST', `${audiences}/${id}`, broken))).toBe('INVALID_FORMAT');
});

describe('create', () => {
  const property = 'lookalike.source.audienceGroupId';
  const lookalike = (audienceGroupId: unknown, volumeRate: unknown = { auto: true }) => ({
    functionType: 'LOOKALIKE',
    name: 'Alike',
    lookalike: { source: { audienceGroupId }, volumeRate },
  });

  test('makes a lookalike and shows its source', async () => {
    const sim = await startSim(instant);
    const id = await create(sim, 'VIP');
    const made = await send(sim.url, 'POST', audiences, { json: lookalike(id, { rate: 0.05 }) });
    expect(made.status).toBe(202);
    expect(made.json).toMatchObject({
      functionType: 'LOOKALIKE',
      status: 'READY',
      estimatedAudienceSize: '1000000',
      lookalike: { source: { audienceGroupId: id }, volumeRate: { rate: 0.05 } },
    });
    const again = await send(sim.url, 'POST', audiences, {
      json: { ...lookalike(id, { rate: 0.05 }), name: 'Other' },
    });
    expect(reason(again)).toBe('LOOKALIKE_DUPLICATE_AUDIENCE_GROUP lookalike');
    const auto = await send(sim.url, 'POST', audiences, { json: { ...lookalike(Number(id)), name: 'Auto' } });
    expect(auto.json).toMatchObject({ lookalike: { volumeRate: { auto: true } } });
  });

  test.each([
    ['an upload type', { functionType: 'HASHED_EMAIL_UPLOAD', name: 'x' }, 'INVALID_ENUM functionType'],
    ['no type', { name: 'x' }, 'REQUIRED functionType'],
    ['no name', { functionType: 'APP_EVENT' }, 'REQUIRED name'],
    ['no lookalike', { functionType: 'LOOKALIKE', name: 'x' }, 'REQUIRED lookalike'],
    ['no source', { functionType: 'LOOKALIKE', name: 'x', lookalike: {} }, `REQUIRED ${property}`],
    ['an unknown source', lookalike('1234567890123'), `LOOKALIKE_SOURCE_AUDIENCE_GROUP_NOT_FOUND ${property}`],
    [
      'a source without matches',
      lookalike('5343820000505'),
      `LOOKALIKE_SOURCE_AUDIENCE_GROUP_INSUFFICIENT ${property}`,
    ],
    ['a rate above 15 %', lookalike(visitors, { rate: 0.16 }), 'INVALID_VALUE lookalike.volumeRate'],
    ['two kinds of rate', lookalike(visitors, { rate: 0.1, auto: true }), 'INVALID_VALUE lookalike.volumeRate'],
  ])('refuses %s', async (_, json, expected) => {
    const sim = await startSim();
    const answer = await send(sim.url, 'POST', audiences, { json });
    expect([answer.status, reason(answer)]).toEqual([400, expected]);
  });
});

describe('delete', () => {
  const stillRefers = 'AUDIENCE_GROUPS_CAN_NOT_DELETE_REFFERED_LOOKALIKE_AUDIENCE_GROUP_STILL_EXISTS ids';
  const remove = (sim: LineAdsSimulator, ids: string) => send(sim.url, 'DELETE', `${audiences}/${ids}`);
  const count = (sim: LineAdsSimulator) => sim.state.audiences('A1').length;

  test('deletes several at once and answers without a body', async () => {
    const sim = await startSim(instant);
    const ids = [await create(sim, 'a'), await create(sim, 'b')];
    const answer = await remove(sim, ids.join(','));
    expect([answer.status, answer.text]).toEqual([202, '']);
    expect(count(sim)).toBe(5);
    expect(reason(await remove(sim, ids[0]!))).toBe('AUDIENCE_GROUP_NOT_FOUND ids');
  });

  test('deletes all or none, and is refused for used audiences', async () => {
    const sim = await startSim();
    expect(reason(await remove(sim, `${visitors},1234567890123`))).toBe('AUDIENCE_GROUP_NOT_FOUND ids');
    expect(reason(await remove(sim, inUse))).toBe('CANNOT_REMOVE_AUDIENCE_STILL_IN_USE ids');
    expect(reason(await remove(sim, visitors))).toBe(stillRefers);
    expect(count(sim)).toBe(5);
    expect((await remove(sim, `${visitors},${lookalikeOfVisitors}`)).status).toBe(202);
    expect(count(sim)).toBe(3);
  });

  test('during a job leaves nothing to fill', async () => {
    const sim = await startSim();
    const id = await create(sim, 'a');
    expect((await remove(sim, id)).status).toBe(202);
    sim.advance(5000);
    expect(sim.state.jobs(id)).toHaveLength(1);
    expect(sim.state.audience(id)).toBeUndefined();
  });
});

describe('overlap', () => {
  test('is the share of the base that is in the others', async () => {
    const sim = await startSim(instant);
    const base = await create(sim, 'base', 1, 100);
    const [quarter, none] = [await create(sim, 'quarter', 76, 500), await create(sim, 'none', 600, 700)];
    const answer = await send(sim.url, 'POST', `${audiences}/overlapping-audiences`, {
      json: { baseId: base, comparedIds: [Number(quarter), none] },
    });
    expect(answer.json).toEqual({ estimations: { [quarter]: { rate: 0.25 }, [none]: { rate: 0 } } });
  });

  test.each([
    ['no base', { comparedIds: [visitors] }, 'REQUIRED baseId'],
    ['a base that is not an id', { baseId: 'x', comparedIds: [visitors] }, 'INVALID_FORMAT baseId'],
    ['no list to compare', { baseId: visitors }, 'REQUIRED comparedIds'],
    ['an empty list to compare', { baseId: visitors, comparedIds: [] }, 'INVALID_VALUE comparedIds'],
    ['five to compare', { baseId: visitors, comparedIds: [1, 2, 3, 4, 5] }, 'INVALID_VALUE comparedIds'],
    ['an unknown one', { baseId: visitors, comparedIds: [1] }, 'AUDIENCE_GROUP_NOT_FOUND comparedIds'],
  ])('refuses %s', async (_, json, expected) => {
    const sim = await startSim();
    expect(reason(await send(sim.url, 'POST', `${audiences}/overlapping-audiences`, { json }))).toBe(expected);
  });
});

describe('ad accounts', () => {
  const ids = (answer: { json: Record<string, unknown> }) =>
    (answer.json.datas as { id: string }[]).map(({ id }) => id);

  test('are listed newest first, in pages of another form', async () => {
    const sim = await startSim();
    const answer = await send(sim.url, 'GET', '/v3/groups/G1/adaccounts?size=2');
    expect(answer.json.paging).toEqual({ page: 1, size: 2, totalElements: 3, sorts: ['createdDate,DESC'] });
    expect(ids(answer)).toEqual(['A3', 'A2']);
    const get = async (query: string) => ids(await send(sim.url, 'GET', `/v3/groups/G1/adaccounts?${query}`));
    for (const sort of ['createdDate,ASC', 'createdDate,asc', 'createdDate', 'id,asc', 'configuredStatus'])
      expect(await get(`sort=${sort}`)).toEqual(['A1', 'A2', 'A3']);
    expect(await get('sort=name,asc')).toEqual(['A3', 'A1', 'A2']);
    expect(await get('sort=name,desc')).toEqual(['A2', 'A1', 'A3']);
    const byZone = await send(sim.url, 'GET', '/v3/groups/G1/adaccounts?sort=timezone,desc');
    expect(byZone.json.paging).toMatchObject({ sorts: ['timezone,DESC'] });
    expect(await get('includeRemoved=true')).toEqual(['A3', 'A2', 'A1', 'A8']);
    expect(await get('includeLinked=false')).toEqual([]);
    expect(await get('name=Travel')).toEqual(['A2']);
    expect(reason(await send(sim.url, 'GET', '/v3/groups/G2/adaccounts'))).toBe('INVALID_GROUP_ID groupId');
    for (const sort of ['size', 'name,up', 'name,asc,asc', '', 'toString'])
      expect(reason(await send(sim.url, 'GET', `/v3/groups/G1/adaccounts?sort=${sort}`))).toBe('INVALID_VALUE sort');
    expect(reason(await send(sim.url, 'GET', '/v3/groups/G1/adaccounts?includeLinked=1'))).toBe(
      'INVALID_VALUE includeLinked',
    );
  });

  test('have the fields of real ones, with times in their own zone', async () => {
    const sim = await startSim({
      adAccounts: [
        { id: 'A1', name: 'Shop' },
        { id: 'T1', name: 'Bangkok', utcOffsetMinutes: 420 },
        { id: 'W1', utcOffsetMinutes: 480, removed: true },
      ],
    });
    const answer = await send(sim.url, 'GET', '/v3/groups/G1/adaccounts?sort=id&includeRemoved=true');
    const dates = (offset: string) => ({
      createdDate: expect.stringMatching(new RegExp(`^\\d{4}-\\d\\d-\\d\\dT[\\d:]{8}\\${offset}$`)),
      modifiedDate: expect.any(String),
    });
    const productType = 'PERFORMANCE';
    expect(answer.json.datas).toEqual([
      {
        id: 'A1',
        name: 'Shop',
        configuredStatus: 'ACTIVE',
        productType,
        country: 'JP',
        currency: 'JPY',
        timezone: 'Asia/Tokyo',
        ...dates('+09:00'),
      },
      {
        id: 'T1',
        name: 'Bangkok',
        configuredStatus: 'ACTIVE',
        productType,
        country: 'TH',
        currency: 'THB',
        timezone: 'Asia/Bangkok',
        ...dates('+07:00'),
      },
      {
        id: 'W1',
        name: 'Ad account W1',
        configuredStatus: 'REMOVED',
        productType,
        country: 'TW',
        currency: 'TWD',
        timezone: 'Asia/Taipei',
        ...dates('+08:00'),
      },
    ]);
  });

  test('of a key may be fewer than those of its group; time zones differ', async () => {
    const sim = await startSim({
      adAccounts: ['A1', { id: 'T1', utcOffsetMinutes: 420 }],
      keys: [
        {
          accessKey: 'LINEADSAMPLE',
          secretKey: 'LINEADSECRETKEYSAMPLE',
          role: 'data_provider',
          adAccounts: ['T1'],
        },
      ],
    });
    expect(ids(await send(sim.url, 'GET', '/v3/groups/G1/adaccounts'))).toEqual(['T1']);
    expect((await send(sim.url, 'GET', audiences)).status).toBe(403);
    const made = await upload(sim.url, { name: 'x', file: lines(1, 1) }, { adAccountId: 'T1' });
    expect(made.json.created).toMatch(/\+07:00$/);
  });
});

describe('link requests', () => {
  const links = '/v3/groups/G1/link-request';

  test('go from waiting to linked to unlinked, and give access to the ad account meanwhile', async () => {
    const sim = await startSim();
    const asked = await send(sim.url, 'POST', `${links}/adaccount`, { json: { targetAdaccountId: 'A9' } });
    const utc = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}Z$/);
    const waiting = {
      id: expect.any(Number),
      sourceGroupId: 'G1',
      sourceGroupName: 'Group G1',
      targetAdaccountId: 'A9',
      targetType: 'ADACCOUNT',
      status: 'WAITING_APPROVAL',
      createdDate: utc,
    };
    expect(asked.json).toEqual(waiting);
    const id = String(asked.json.id);
    const listed = async () => (await send(sim.url, 'GET', links)).json.datas;
    expect(await listed()).toEqual([waiting]);
    const reach = async () => (await send(sim.url, 'GET', '/v3/adaccounts/A9/custom-audiences')).status;
    expect(await reach()).toBe(403);
    expect(reason(await send(sim.url, 'POST', `${links}/${id}/unlink`))).toBe('INVALID_VALUE status');
    expect((await fetch(`${sim.adminUrl}/link-requests/${id}/approve`, { method: 'POST' })).status).toBe(200);
    expect(await reach()).toBe(200);
    expect(await listed()).toEqual([
      { ...waiting, status: 'LINKED', targetAdaccountName: 'Example Partner', modifiedDate: utc },
    ]);
    expect((await fetch(`${sim.adminUrl}/link-requests/${id}/reject`, { method: 'POST' })).status).toBe(400);
    expect(reason(await send(sim.url, 'POST', `${links}/${id}/cancel`))).toBe('INVALID_VALUE status');
    expect((await send(sim.url, 'POST', `${links}/${id}/unlink`)).json.status).toBe('UNLINKED');
    expect(await reach()).toBe(403);
    expect(await listed()).toEqual([]);
  });

  test('can be canceled or rejected; the open ones are listed newest first', async () => {
    const sim = await startSim();
    const ask = () => send(sim.url, 'POST', `${links}/adaccount`, { json: { targetAdaccountId: 'A9' } });
    const first = String((await ask()).json.id);
    expect(reason(await ask())).toBe('INVALID_VALUE targetAdaccountId');
    expect((await send(sim.url, 'POST', `${links}/${first}/cancel`)).json.status).toBe('CANCELED');
    const second = Number((await ask()).json.id);
    await fetch(`${sim.adminUrl}/link-requests/${second}/reject`, { method: 'POST' });
    const third = Number((await ask()).json.id);
    const list = async (query = '') => (await send(sim.url, 'GET', `${links}${query}`)).json.datas;
    const rejected = { id: second, status: 'REJECTED' };
    const waiting = { id: third, status: 'WAITING_APPROVAL' };
    expect(await list()).toMatchObject([waiting, rejected]);
    expect(await list('?sort=status')).toMatchObject([rejected, waiting]);
    expect(await list('?sort=id,asc')).toMatchObject([rejected, waiting]);
    expect(reason(await send(sim.url, 'GET', `${links}?sort=name`))).toBe('INVALID_VALUE sort');
    const unknown = await send(sim.url, 'POST', `${links}/adaccount`, { json: { targetAdaccountId: 'A77' } });
    expect(reason(unknown)).toBe('REQUEST_INPUT_ADACCOUNT_ID_INVALID targetAdaccountId');
  });
});

test('an unknown endpoint is a 400 for a signed request, and a 404 outside the API', async () => {
  const sim = await startSim();
  for (const [method, path] of [
    ['GET', '/v3/nothing'],
    ['PUT', audiences],
    ['GET', '/v3/adaccounts/%E0/custom-audiences'],
    ['POST', '/v3/groups/G1/link-request//cancel'],
  ] as const) {
    const answer = await send(sim.url, method, path);
    expect([answer.status, reason(answer)]).toEqual([400, 'INVALID_VALUE']);
  }
  expect((await fetch(new URL('/elsewhere', sim.url))).status).toBe(404);
});

test('a body follows LINE’s rules: a wrong type is reported, and only a file may be large', async () => {
  const sim = await startSim();
  const event = '{"functionType":"APP_EVENT","name":"x"}';
  const create = (contentType: string, body = event) =>
    send(sim.url, 'POST', audiences, { raw: { body, contentType } });
  for (const contentType of ['json', 'a/b; c', 'multipart/form-data; boundary=x'])
    expect(reason(await create(contentType))).toBe('INVALID_CONTENT_TYPE_HEADER Content-Type');
  const large = await create('application/json', JSON.stringify({ name: 'x'.repeat(2_000_000) }));
  expect([large.status, reason(large)]).toEqual([400, 'INVALID_VALUE']);
  expect(large.headers.get('x-simulator-detail')).toBe('the body is larger than 1 MiB');
  const made = await create('application/json; charset=utf-8');
  expect([made.status, made.headers.get('content-type')]).toEqual([202, 'application/json']);
});

test('a path may name many audiences', async () => {
  const sim = await startSim();
  const ids = Array.from({ length: 100 }, () => inUse).join();
  expect(reason(await send(sim.url, 'DELETE', `${audiences}/${ids}`))).toBe('CANNOT_REMOVE_AUDIENCE_STILL_IN_USE ids');
});
