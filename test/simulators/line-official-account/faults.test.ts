/** Everything that can be made to go wrong, the admin endpoint, and a world without a network. */
import { describe, expect, test } from 'vitest';
import { connectionTo } from '../../../simulators/line-official-account/connection.ts';
import { parseFault, readFault } from '../../../simulators/line-official-account/faults.ts';
import type { Fault } from '../../../simulators/line-official-account/index.ts';
import { createWorld } from '../../../simulators/line-official-account/world.ts';
import { SimulatorInputError } from '../../../simulators/shared/input.ts';
import { fileOf, startOa, startTime, user, userLines, users, violations } from './client.ts';

/** A simulator with these faults, and an audience. */
async function start(...faults: Fault[]) {
  const { sim, oa } = await startOa();
  const id = await oa.newAudience({ uploadDescription: 'first.txt' });
  sim.advance(300);
  for (const fault of faults) sim.addFault(fault);
  const add = (uploadDescription = 'second.txt') => oa.add(id, { uploadDescription });
  const jobs = () => sim.inspect().jobs.slice(1);
  return { sim, oa, id, add, jobs };
}

describe('a request', () => {
  test.each<[Fault, string]>([
    [{ kind: 'status' }, '503'],
    [{ kind: 'status', status: 429 }, '429'],
    [{ kind: 'status', status: 500, message: 'Internal Server Error' }, '500'],
    [{ kind: 'code', code: 'AUDIENCE_GROUP_COUNT_MAX_OVER' }, '400 AUDIENCE_GROUP_COUNT_MAX_OVER'],
    [{ kind: 'code', code: 'A_NEW_CODE', status: 403, property: 'file' }, '403 A_NEW_CODE'],
    [{ kind: 'token_expired' }, '401'],
  ])('with %j answers %s, and nothing is taken', async (fault, result) => {
    const { sim, oa, add, jobs } = await start({ ...fault, endpoint: 'add' });
    expect((await add()).result).toBe(result);
    expect(jobs()).toEqual([]);
    oa.token = sim.token();
    expect((await add()).result).toBe('202');
  });

  test('says with Retry-After when to come back', async () => {
    const { add } = await start({ kind: 'status', retryAfter: 7 });
    expect((await add()).headers.get('retry-after')).toBe('7');
  });

  test.each(['before', 'middle', 'read'] as const)('is reset: %s', async (when) => {
    const { add, jobs } = await start({ kind: 'reset', when, endpoint: 'add' });
    await expect(add()).rejects.toThrow();
    expect(jobs()).toEqual([]);
    expect((await add()).result).toBe('202');
  });

  test.each<Fault>([
    { kind: 'reset', when: 'after', fileName: 'second' },
    { kind: 'status', status: 502, when: 'after', endpoint: 'add' },
    { kind: 'code', code: 'INTERNAL', status: 500, when: 'after', endpoint: 'add' },
    { kind: 'slow', ms: 0, when: 'after', endpoint: 'add' },
  ])('is taken, but its answer is lost: %j', async (fault) => {
    const { add, jobs } = await start(fault);
    await add().catch(() => {});
    expect(jobs().map(({ description }) => description)).toEqual(['second.txt']);
  });

  test('waits in real time', async () => {
    const waits: number[] = [];
    const { oa } = await startOa({
      sleep: async (ms) => void waits.push(ms),
      faults: [{ kind: 'slow', ms: 20_000, endpoint: 'list' }],
    });
    expect((await oa.call('GET', '/list?page=1')).status).toBe(200);
    expect(waits).toEqual([20_000]);
  });

  test('is answered with half of the JSON, or with a word that nobody knows', async () => {
    const { oa, id } = await start(
      { kind: 'garbled', endpoint: 'get' },
      { kind: 'property', property: 'jobStatus', value: 'PAUSED', endpoint: 'get', nth: 2 },
      { kind: 'property', property: 'audienceCount', endpoint: 'get', nth: 3 },
    );
    expect(await oa.get(id)).toEqual({});
    expect((await oa.get(id)).jobs[0].jobStatus).toBe('PAUSED');
    expect(await oa.get(id)).toMatchObject({ audienceGroup: { audienceCount: null }, jobs: [{ audienceCount: null }] });
  });

  test('meets somebody else who changes its audience', async () => {
    const { oa, id, add } = await start(
      { kind: 'audience_renamed', name: 'Gold', endpoint: 'add' },
      { kind: 'audience_status', status: 'EXPIRED', endpoint: 'get' },
      { kind: 'audience_deleted', endpoint: 'get', nth: 2 },
    );
    await add();
    expect((await oa.get(id)).audienceGroup).toMatchObject({ description: 'Gold', status: 'IN_PROGRESS' });
    expect((await add()).result).toBe('400 AUDIENCE_GROUP_CAN_NOT_UPLOAD_STATUS_EXPIRED');
    expect((await oa.get(id)).audienceGroup.status).toBe('EXPIRED');
    expect(await oa.get(id)).toEqual({
      message: 'audience group not found',
      details: [{ message: 'AUDIENCE_GROUP_NOT_FOUND' }],
    });
  });
});

describe('a job', () => {
  test('fails, and an audience that has members keeps them', async () => {
    const { sim, oa, id, add } = await start({ kind: 'job_failed' });
    await add();
    sim.advance(300);
    const { audienceGroup, jobs } = await oa.get(id);
    expect([audienceGroup.audienceCount, audienceGroup.status]).toEqual([100, 'IN_PROGRESS']);
    expect(jobs).toContainEqual(expect.objectContaining({ jobStatus: 'FAILED', failedType: 'INTERNAL_ERROR' }));
    sim.addFault({ kind: 'job_failed', failedType: 'AUDIENCE_GROUP_AUDIENCE_INSUFFICIENT', endpoint: 'create' });
    const other = await oa.newAudience();
    sim.advance(300);
    expect((await oa.get(other)).audienceGroup).toMatchObject({
      status: 'FAILED',
      failedType: 'AUDIENCE_GROUP_AUDIENCE_INSUFFICIENT',
    });
  });

  test('takes only some, sticks until it is released, or is shown late', async () => {
    const { sim, oa, id, add, jobs } = await start(
      { kind: 'job_partial', audienceCount: 7 },
      { kind: 'job_stuck', state: 'QUEUED', nth: 2 },
      { kind: 'job_late', ms: 60_000, nth: 3 },
    );
    await add('partial.txt');
    sim.advance(300);
    expect(sim.state.members(id).size).toBe(107);
    await add('stuck.txt');
    sim.advance(60_000);
    expect(jobs().at(-1)).toMatchObject({ status: 'QUEUED', stuck: true });
    await fetch(`${sim.adminUrl}/jobs/${jobs().at(-1)!.id}/release`, { method: 'POST' });
    sim.advance(300);
    expect(jobs().at(-1)).toMatchObject({ status: 'FINISHED', stuck: false });
    await add('late.txt');
    sim.advance(59_999);
    expect((await oa.get(id)).jobs).toHaveLength(3);
    sim.advance(1);
    expect((await oa.get(id)).jobs).toHaveLength(4);
  });
});

test('a fault that cannot be is refused', () => {
  for (const fault of [
    { kind: 'earthquake' },
    { kind: 'status', status: 42 },
    { kind: 'code' },
    { kind: 'code', code: 'lower' },
    { kind: 'reset', fileName: 'a' },
    { kind: 'audience_status', status: 'GONE' },
  ])
    expect(() => readFault(fault)).toThrow(SimulatorInputError);
  expect(parseFault('status,status=429,endpoint=add,nth=2')).toEqual({
    kind: 'status',
    status: 429,
    endpoint: 'add',
    nth: 2,
  });
});

describe('the admin endpoint', () => {
  test('shows everything by parts, and changes it', async () => {
    const { sim, oa } = await startOa({ keepFiles: true });
    const id = await oa.newAudience({ file: users(1, 3), uploadDescription: 'a.txt' });
    sim.advance(300);
    const admin = async (method: string, path: string, body?: object) => {
      const sent = body === undefined ? {} : { body: JSON.stringify(body) };
      const answer = await fetch(`${sim.adminUrl}/${path}`, { method, ...sent });
      const text = await answer.text();
      return answer.headers.get('content-type')?.startsWith('application/json') ? JSON.parse(text) : text;
    };
    const state = await admin('GET', 'state');
    for (const part of ['channels', 'audiences', 'jobs', 'violations', 'requests', 'settings', 'faults'])
      expect(await admin('GET', part)).toEqual(state[part]);
    expect(state.jobs[0]).toMatchObject({ description: 'a.txt', sent: 3, bytes: 102, audienceCount: 3 });
    expect(state.channels[0]).toMatchObject({ id: '1657000001', keys: [], audiences: 1 });
    const sorted = [1, 2, 3].map(user).sort();
    expect(await admin('GET', `audiences/${id}/members`)).toBe(`${sorted.join('\n')}\n`);
    expect(await admin('GET', `audiences/${id}/digest`)).toEqual({
      members: 3,
      sha256: sim.state.members(id).sha256(),
    });
    expect(await admin('GET', `jobs/${state.jobs[0].id}/file`)).toBe(userLines(1, 3));
    expect(await admin('POST', `audiences/${id}`, { name: 'Gold', status: 'INACTIVE' })).toMatchObject({
      name: 'Gold',
      status: 'INACTIVE',
    });
    expect(await admin('POST', `audiences/${id}`, { status: 'OWN' })).toMatchObject({ status: 'IN_PROGRESS' });
    const elsewhere = await admin('POST', 'audiences', {
      name: 'Old',
      channelId: '1657000001',
      members: 10,
      ageDays: 170,
      jobs: [{ description: 'by hand.txt' }, { failedType: 'INTERNAL_ERROR' }],
    });
    const { audienceGroup, jobs } = await oa.get(elsewhere.id);
    expect(audienceGroup).toMatchObject({ status: 'READY', audienceCount: 10, permission: 'READ_WRITE' });
    expect(jobs.map(({ jobStatus }: { jobStatus: string }) => jobStatus).sort()).toEqual(['FAILED', 'FINISHED']);
    const ifa = await admin('POST', 'audiences', { name: 'Devices', isIfaAudience: true, members: 30 });
    expect((await oa.get(ifa.id)).audienceGroup).toMatchObject({ isIfaAudience: true, audienceCount: 30 });
    expect((await admin('POST', 'audiences', { name: 'A', channelId: '7' })).error).toContain('There is no channel');
    expect(await admin('DELETE', `audiences/${elsewhere.id}`)).toEqual({ id: elsewhere.id });
    const { kid, privateKey } = await admin('POST', 'channels/1657000001/keys', { kid: 'k' });
    expect([kid, privateKey.startsWith('-----BEGIN PRIVATE KEY')]).toEqual(['k', true]);
    expect((await admin('POST', 'channels/1657000001/keys', { kid: 'k', publicKey: 'x' })).error).toContain('RSA');
    const { accessToken } = await admin('POST', 'channels/1657000001/tokens');
    expect((await oa.call('GET', `/${id}`, undefined, { token: accessToken })).status).toBe(200);
    await admin('POST', 'channels/1657000001/expire-tokens');
    expect((await oa.call('GET', `/${id}`, undefined, { token: accessToken })).status).toBe(401);
    for (const path of ['audiences/7/members', 'audiences/7/digest', 'jobs/7/file'])
      expect((await admin('GET', path)).error).toContain('There is nothing like that');
    for (const path of ['audiences/7', 'jobs/7/release', 'channels/7/tokens', 'channels/7/expire-tokens'])
      expect((await admin('POST', path)).error).toContain('There is nothing like that');
    await admin('POST', 'reset');
    expect((await admin('GET', 'audiences')).map(({ name }: { name: string }) => name)).toEqual([
      'Clicked in spring',
      'アプリ起動者',
      'Buyers of LINE Ads',
      'Site visitors',
    ]);
  });

  test('starts only with channels and keys that can be', async () => {
    await expect(startOa({ channelId: 'C1' })).rejects.toThrow(SimulatorInputError);
    await expect(startOa({ channelSecret: '' })).rejects.toThrow(SimulatorInputError);
    await expect(startOa({ publicKey: '{"kty":"oct"}' })).rejects.toThrow(/RSA/);
  });
});

test('a history is the same whenever it is played', async () => {
  const history = async () => {
    let time = startTime;
    const world = createWorld({
      now: () => time,
      sleep: async (ms) => {
        time += ms;
      },
      faults: [
        { kind: 'slow', ms: 5000, endpoint: 'list' },
        { kind: 'reset', when: 'after', endpoint: 'create' },
      ],
    });
    const token = world.state.tokens.issue('1657000001', 899_000);
    const connection = connectionTo(world);
    const answers: string[] = [];
    const send = async (path: string, init: RequestInit = {}) => {
      time += 250;
      const form = init.body instanceof FormData ? new Response(init.body) : undefined;
      const type = form?.headers.get('content-type');
      const headers = { authorization: `Bearer ${token}`, ...(type ? { 'content-type': type } : {}) };
      const body = form ? { body: new Uint8Array(await form.arrayBuffer()) } : {};
      const url = new URL(`http://line.test/v2/bot/audienceGroup${path}`);
      const answer = await connection(url, { method: init.method ?? 'GET', headers, ...body }).catch(String);
      answers.push(typeof answer === 'string' ? answer : await answer.text());
    };
    await send('/list?page=1');
    const form = new FormData();
    form.append('description', 'VIP');
    form.append('uploadDescription', 'a.txt');
    form.append('file', fileOf(userLines(1, 120)), 'a.txt');
    await send('/upload/byFile', { method: 'POST', body: form });
    const id = world.state.audiences().at(-1)!.id;
    time += 60_000;
    await send(`/${id}`);
    return { answers, time, members: world.state.members(id).size, violations: world.state.violations };
  };
  const [first, again] = [await history(), await history()];
  expect(again).toEqual(first);
  expect(first).toMatchObject({ members: 120, violations: [] });
  expect(first.answers[1]).toBe('TypeError: fetch failed');
  expect(first.answers[2]).toContain('"jobStatus":"FINISHED"');
});

test('nothing of all this is a violation of a client that makes no mistake', async () => {
  const { sim, oa, id, add } = await start();
  await add();
  sim.advance(300);
  await oa.get(id);
  expect(violations(sim)).toEqual([]);
});
