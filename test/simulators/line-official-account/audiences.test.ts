/** Audiences: what is shown of them, their status over time, lists, and changes. */
import { describe, expect, test } from 'vitest';
import { day, startOa, user, users, violations } from './client.ts';

type Listed = { audienceGroupId: number; description: string };
const names = (json: { audienceGroups: Listed[] }) => json.audienceGroups.map(({ description }) => description);

describe('a status', () => {
  test('is READY, until the audience is EXPIRED, and a month later it is gone', async () => {
    const { sim, oa } = await startOa();
    const id = await oa.newAudience();
    const status = async () => {
      oa.token = sim.token();
      return (await oa.get(id)).audienceGroup?.status;
    };
    sim.advance(180 * day - 1);
    expect(await status()).toBe('READY');
    sim.advance(1);
    expect(await status()).toBe('EXPIRED');
    sim.advance(30 * day - 1);
    expect(await status()).toBe('EXPIRED');
    sim.advance(1);
    expect(await status()).toBeUndefined();
    sim.configure({ lifeDays: 1, goneDays: 0 });
    const other = await oa.newAudience();
    sim.advance(300 * day);
    oa.token = sim.token();
    expect((await oa.get(other)).audienceGroup.status).toBe('EXPIRED');
  });

  test('needs members, or else is IN_PROGRESS or FAILED', async () => {
    const { sim, oa } = await startOa({ fewestMembers: 50 });
    const id = await oa.newAudience({ file: users(1, 49) });
    sim.advance(10_000);
    expect((await oa.get(id)).audienceGroup.status).toBe('IN_PROGRESS');
    sim.configure({ tooFew: 'failed' });
    expect((await oa.get(id)).audienceGroup).toMatchObject({
      status: 'FAILED',
      failedType: 'AUDIENCE_GROUP_AUDIENCE_INSUFFICIENT',
    });
    await oa.add(id, { file: users(50, 50) });
    sim.advance(10_000);
    expect((await oa.get(id)).audienceGroup).not.toHaveProperty('failedType');
  });

  test('may be given by somebody else', async () => {
    const { sim, oa } = await startOa();
    const id = await oa.newAudience();
    sim.advance(10_000);
    const seen = [];
    for (const status of ['INACTIVE', 'ACTIVATING', null] as const) {
      sim.state.forceStatus(id, status);
      seen.push((await oa.get(id)).audienceGroup.status);
    }
    expect(seen).toEqual(['INACTIVE', 'ACTIVATING', 'READY']);
  });
});

test('what an audience counts depends on who has agreed, and what its uploads count', async () => {
  const { sim, oa } = await startOa({ agreedRate: 0.5, jobCount: 'sent' });
  const id = await oa.newAudience();
  await oa.add(id, { file: users(1, 100) });
  sim.advance(300);
  const { audienceGroup, jobs } = await oa.get(id);
  expect(audienceGroup.audienceCount).toBe(50);
  expect(jobs.map(({ audienceCount }: { audienceCount: number }) => audienceCount)).toEqual([50, 50]);
});

describe('a list', () => {
  test('has pages, newest first, of everything that the bot sees', async () => {
    const { sim, oa } = await startOa();
    for (let n = 1; n <= 25; n += 1) await oa.call('POST', '/upload', { description: `Audience ${n}` });
    const page = async (query: string) => (await oa.call('GET', `/list?${query}`)).json;
    const first = await page('page=1');
    expect(names(first).slice(0, 2)).toEqual(['Audience 25', 'Audience 24']);
    expect(first).toMatchObject({
      hasNextPage: true,
      totalCount: 27,
      readWriteAudienceGroupTotalCount: 25,
      page: 1,
      size: 20,
    });
    expect(names(await page('page=2')).slice(-2)).toEqual(['アプリ起動者', 'Clicked in spring']);
    expect(await page('page=3')).toMatchObject({ audienceGroups: [], hasNextPage: false, page: 3 });
    expect(await page('page=1&size=40')).toMatchObject({ hasNextPage: false, totalCount: 27, size: 40 });
    sim.configure({ listOrder: 'oldest-first' });
    expect(names(await page('page=2&size=1'))).toEqual(['アプリ起動者']);
  });

  test('is filtered by name, status, route and channel', async () => {
    const { sim, oa } = await startOa();
    const mine = await oa.newAudience({ description: 'VIP of spring' });
    const second = sim.token('1657000002');
    await oa.create({ description: 'Second' }, { token: second });
    sim.advance(10_000);
    const page = async (query: string, token = oa.token) =>
      names((await oa.call('GET', `/list?page=1&${query}`, undefined, { token })).json);
    expect(await page('description=SPRING')).toEqual(['VIP of spring', 'Clicked in spring']);
    expect(await page('status=INACTIVE')).toEqual(['アプリ起動者']);
    expect(await page('createRoute=AD_MANAGER&createRoute=OA_MANAGER')).toEqual(['アプリ起動者', 'Clicked in spring']);
    expect(await page('includesExternalPublicGroups=false')).toEqual(['VIP of spring']);
    expect(await page('includesExternalPublicGroups=true&createRoute=MESSAGING_API')).toEqual([
      'Second',
      'VIP of spring',
    ]);
    const seen = (await oa.call('GET', `/${mine}`, undefined, { token: second })).json;
    expect(seen.audienceGroup.permission).toBe('READ');
  });

  test.each([
    ['', '400 NOT_NULL'],
    ['page=0', '400 TOO_LOW'],
    ['page=one', '400 INVALID'],
    ['page=1&size=41', '400 TOO_HIGH'],
    ['page=1&status=Ready', '400 INVALID'],
    ['page=1&createRoute=CSV', '400 INVALID'],
    ['page=1&includesExternalPublicGroups=yes', '400 INVALID'],
  ])('with ?%s is %s', async (query, result) => {
    const { oa } = await startOa();
    expect((await oa.call('GET', `/list?${query}`)).result).toBe(result);
  });

  test('of what Business Manager shares tells whose it is', async () => {
    const { sim, oa } = await startOa();
    const own = await oa.newAudience();
    const list = async (query = '') => (await oa.call('GET', `/shared/list?page=1${query}`)).json;
    const shared = await list();
    expect(names(shared)).toEqual(['Site visitors', 'Buyers of LINE Ads']);
    expect(shared.audienceGroups.map(({ permission }: { permission: string }) => permission)).toEqual(['READ', 'READ']);
    expect(names(await list('&includesOwnedAudienceGroups=true'))).toHaveLength(5);
    const { audienceGroupId: id } = shared.audienceGroups[1];
    const { json } = await oa.call('GET', `/shared/${id}`);
    expect(json).toMatchObject({
      audienceGroup: { description: 'Buyers of LINE Ads', audienceCount: 18_400, createRoute: 'AD_MANAGER' },
      jobs: [],
      owner: { serviceType: 'lap', id: 'A012345678', name: 'Example Store' },
    });
    expect(json.audienceGroup).not.toHaveProperty('expireTimestamp');
    expect((await oa.call('GET', `/shared/${own}`)).json.owner.serviceType).toBe('account');
    expect((await oa.call('GET', `/${id}`)).result).toBe('400 AUDIENCE_GROUP_NOT_FOUND');
    expect((await oa.add(id)).result).toBe('400 AUDIENCE_GROUP_NOT_FOUND');
    expect((await oa.call('GET', '/shared/17')).result).toBe('400 AUDIENCE_GROUP_NOT_FOUND');
    expect(violations(sim)).toEqual(['unknown_id', 'unknown_id', 'unknown_id']);
  });
});

describe('a change', () => {
  test('gives a name', async () => {
    const { oa } = await startOa();
    const id = await oa.newAudience();
    const rename = (description: unknown) => oa.call('PUT', `/${id}/updateDescription`, { description });
    const { status, text } = await rename('Gold');
    expect([status, text, (await oa.get(id)).audienceGroup.description]).toEqual([200, '', 'Gold']);
    expect((await rename('')).result).toBe('400 AUDIENCE_GROUP_NAME_EMPTY');
    expect((await rename('x'.repeat(121))).result).toBe('400 AUDIENCE_GROUP_NAME_SIZE_OVER');
    expect((await rename('a\nb')).result).toBe('400 AUDIENCE_GROUP_NAME_WRONG');
    expect((await oa.call('PUT', '/17/updateDescription', { description: 'A' })).json).toEqual({
      message: 'audience group not found',
      details: [{ message: 'AUDIENCE_GROUP_NOT_FOUND' }],
    });
  });

  test('deletes', async () => {
    const { sim, oa } = await startOa();
    const id = await oa.newAudience();
    const { status, json } = await oa.call('DELETE', `/${id}`);
    expect([status, json]).toEqual([200, {}]);
    expect((await oa.call('DELETE', `/${id}`)).result).toBe('400 AUDIENCE_GROUP_NOT_FOUND');
    sim.configure({ deleteStatus: '202' });
    expect((await oa.call('DELETE', `/${await oa.newAudience()}`)).status).toBe(202);
    expect((await oa.call('DELETE', `/${sim.addAudience({ name: 'Of others' })}`)).status).toBe(400);
  });

  test('creates from messages, once for each message', async () => {
    const { oa } = await startOa();
    const click = { description: 'Clicked', requestId: 'r1', clickUrl: 'https://shop.example/' };
    expect((await oa.call('POST', '/click', click)).json).toMatchObject({ type: 'CLICK', requestId: 'r1' });
    expect((await oa.call('POST', '/click', { ...click, clickUrl: undefined })).status).toBe(202);
    expect((await oa.call('POST', '/click', click)).result).toBe('400 AUDIENCE_GROUP_REQUESTID_DUPLICATE');
    const { json } = await oa.call('POST', '/imp', { description: 'Seen', requestId: 'r1' });
    expect(json).toMatchObject({ type: 'IMP', requestId: 'r1' });
    expect((await oa.add(json.audienceGroupId, { file: users(1, 2) })).result).toBe('400 AUDIENCE_GROUP_NOT_FOUND');
    expect((await oa.get(json.audienceGroupId)).jobs).toEqual([]);
  });

  test('of a path that does not exist is 404', async () => {
    const { oa } = await startOa();
    for (const [method, path] of [
      ['GET', '/upload'],
      ['POST', '/list'],
      ['GET', '/x/y'],
      ['PUT', '/1'],
    ] as const)
      expect((await oa.call(method, path)).status).toBe(404);
  });
});

test('ids may be at the edge of what a number holds', async () => {
  const { sim, oa } = await startOa({ audienceIds: 'largest' });
  const { json } = await oa.create();
  expect(json.audienceGroupId).toBeLessThanOrEqual(Number.MAX_SAFE_INTEGER);
  expect(json.audienceGroupId).toBeGreaterThan(Number.MAX_SAFE_INTEGER - 1000);
  sim.configure({ audienceIds: 'too-large' });
  const { text } = await oa.create();
  const [, id = ''] = /"audienceGroupId":(\d+)/.exec(text) ?? [];
  expect(String(Number(id))).not.toBe(id);
  sim.advance(300);
  expect(sim.state.members(id).has(user(1))).toBe(true);
  sim.configure({ absentProperties: 'omit' });
  expect((await oa.get(id)).jobs[0]).not.toHaveProperty('failedType');
});
