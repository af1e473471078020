/** Rates, and everything that can be made to go wrong. */
import { describe, expect, test } from 'vitest';
import { parseFault, readFault } from '../../simulators/ly-ads/faults.ts';
import type { Fault } from '../../simulators/ly-ads/index.ts';
import { SimulatorInputError } from '../../simulators/shared/input.ts';
import { emails, fileOf, hash, listOf, rows, startLy, violations } from './ly-ads-client.ts';

describe('the rate', () => {
  test('is 5 requests a second, then nothing for 30 seconds', async () => {
    const { sim, ly } = await startLy({ rateLimit: 5 });
    const get = async () => (await ly.lists('get', {})).result;
    const results = [];
    for (let request = 0; request < 7; request += 1) results.push(await get());
    expect(results).toEqual(['ok', 'ok', 'ok', 'ok', 'ok', '403/0003', '403/0003']);
    expect(violations(sim)).toEqual(['rate_exceeded', 'request_in_pause']);
    sim.advance(29_999);
    expect(await get()).toBe('403/0003');
    sim.advance(1);
    expect(await get()).toBe('ok');
  });

  test('counts an application over all its tokens and services, but not the token endpoint', async () => {
    const clients = ['ONE', 'TWO'].map((clientId) => ({ clientId, clientSecret: `${clientId}SECRET` }));
    const { sim, ly } = await startLy({ rateLimit: 2, rateToleranceMs: 0, clients });
    const [first, second, other] = [sim.grant('ONE'), sim.grant('ONE', 'BIZ0002'), sim.grant('TWO')];
    const base = async (token: string) => (await ly.call('BaseAccountService/get', {}, { token, base: null })).result;
    expect(await base(first.accessToken)).toBe('ok');
    const secrets = { client_id: 'ONE', client_secret: 'ONESECRET', refresh_token: first.refreshToken };
    const query = new URLSearchParams({ grant_type: 'refresh_token', ...secrets });
    expect((await fetch(`${sim.url}/oauth/v1/token?${query}`)).status).toBe(200);
    expect((await ly.lists('get', {}, { token: second.accessToken })).result).toBe('ok');
    expect(await base(first.accessToken)).toBe('403/0003');
    expect(await base(second.accessToken)).toBe('403/0003');
    expect(await base(other.accessToken)).toBe('ok');
  });
});

/** A simulator with these faults, and a list. */
async function start(...faults: Fault[]) {
  const { sim, ly } = await startLy();
  const id = await ly.newList();
  for (const fault of faults) sim.addFault(fault);
  const send = (file = emails(1, 200)) => ly.upload(id, file);
  const jobs = () => sim.inspect().jobs;
  const list = () => sim.inspect().lists.find((shown) => shown.id === String(id));
  return { sim, ly, id, send, jobs, list };
}

describe('a request', () => {
  test.each<[Fault, string, next?: string]>([
    [{ kind: 'status' }, '503/undefined'],
    [{ kind: 'status', status: 500, code: '0002' }, '500/0002'],
    [{ kind: 'code', code: '0002' }, '500/0002'],
    [{ kind: 'code', code: '0099' }, '503/0099'],
    // It begins the pause.
    [{ kind: 'code', code: '0003' }, '403/0003', '403/0003'],
    [{ kind: 'code', code: '0114' }, '400/0114'],
    [{ kind: 'code', code: '120020' }, '120020'],
    [{ kind: 'code', code: 'RL001', level: 1 }, '500/RL001'],
    [{ kind: 'code', code: '0002', level: 2 }, '0002'],
    [{ kind: 'code', code: '211009', level: 3 }, '[211009]'],
  ])('with %j answers %s, and nothing is taken', async (fault, result, next = 'ok') => {
    const { send, jobs } = await start({ ...fault, endpoint: 'upload' });
    expect((await send()).result).toBe(result);
    expect(jobs()).toEqual([]);
    expect((await send()).result).toBe(next);
  });

  test('has an error for each of its values on the third level, with its details', async () => {
    const { ly } = await start({ kind: 'code', code: 'LT001', level: 3, property: 'operand', value: 'A sentence.' });
    const operand = [listOf({ name: 'One', dataDuration: 1 }), listOf({ name: 'Two', dataDuration: 1 })];
    const { json, result } = await ly.lists('add', { operand });
    expect(result).toBe('[LT001,LT001]');
    expect(json.rval.values[1].errors[0].details).toEqual([{ requestKey: 'operand', requestValue: 'A sentence.' }]);
    expect((await ly.lists('add', { operand })).result).toBe('ok');
  });

  test('says with Retry-After when to come back', async () => {
    const { send } = await start({ kind: 'status', retryAfter: 7 });
    expect((await send()).headers.get('retry-after')).toBe('7');
  });

  test.each(['before', 'middle', 'read'] as const)('is reset %s, and nothing is taken', async (when) => {
    const { send, jobs } = await start({ kind: 'reset', when, endpoint: 'upload' });
    await expect(send(fileOf(`Email\n${rows(1, 5000)}`))).rejects.toThrow();
    expect(jobs()).toEqual([]);
    expect((await send()).result).toBe('ok');
  });

  test('is taken, but its answer is lost', async () => {
    const { send, jobs } = await start(
      { kind: 'reset', when: 'after', endpoint: 'upload' },
      { kind: 'status', status: 502, when: 'after', endpoint: 'upload', nth: 2 },
      { kind: 'code', code: '0002', when: 'after', endpoint: 'upload', nth: 3 },
      { kind: 'garbled', endpoint: 'upload', nth: 4 },
    );
    await expect(send()).rejects.toThrow();
    expect((await send()).status).toBe(502);
    expect((await send()).result).toBe('500/0002');
    const { status, text } = await send();
    expect([status, text.startsWith('{'), text.endsWith('}')]).toEqual([200, true, false]);
    expect(jobs()).toHaveLength(4);
  });

  test('has other properties in its answer', async () => {
    const { ly, id, send } = await start(
      { kind: 'property', property: 'jobStatus', value: 'UNKNOWN', endpoint: 'upload' },
      { kind: 'property', property: 'uploadSource', endpoint: 'upload' },
    );
    const { json } = await send();
    expect(json.rval.values[0].uploadJob).toMatchObject({
      audienceListId: id,
      jobStatus: 'UNKNOWN',
      uploadSource: null,
    });
    expect(Object.values(await ly.jobs(id))).toMatchObject([{ jobStatus: 'RECEIVING', uploadSource: 'API' }]);
  });

  test('finds its token expired or deleted', async () => {
    const { sim, ly, send } = await start({ kind: 'token_expired', endpoint: 'upload' });
    expect((await send()).result).toBe('401/0111');
    ly.token = sim.grant().accessToken;
    expect((await send()).result).toBe('ok');
    sim.addFault({ kind: 'tokens_deleted', endpoint: 'lists' });
    expect((await ly.lists('get', {})).result).toBe('401/0111');
    expect((await send()).result).toBe('401/0111');
    expect(sim.inspect().grants.every(({ deleted }) => deleted)).toBe(true);
  });

  test('waits before it is carried out, or after', async () => {
    const waits: number[] = [];
    const sleep = async (ms: number) => void waits.push(ms);
    const { sim, ly } = await startLy({ sleep });
    sim.addFault({ kind: 'slow', ms: 20_000, endpoint: 'lists' });
    sim.addFault({ kind: 'slow', ms: 5000, when: 'after', endpoint: 'lists' });
    expect((await ly.lists('get', {})).result).toBe('ok');
    expect(waits).toEqual([20_000, 5000]);
  });
});

describe('meanwhile', () => {
  test('somebody removes, renames, uses or stops the list', async () => {
    const { ly, id, send, list } = await start(
      { kind: 'list_renamed', name: 'Other', endpoint: 'upload' },
      { kind: 'list_in_use', endpoint: 'upload', nth: 2 },
      { kind: 'connection_stopped', endpoint: 'upload', nth: 3 },
      { kind: 'list_removed', endpoint: 'upload-status' },
    );
    await send();
    expect(list()?.name).toBe('Other');
    await send();
    expect(list()?.inUse).toBe(true);
    expect((await send()).result).toBe('ok');
    expect((await send()).result).toBe('210001');
    expect(Object.keys(await ly.jobs(id))).toHaveLength(3);
    expect(list()).toBeUndefined();
    expect((await ly.lists('getUploadUserListStatus', { audienceListId: id })).result).toBe('110005');
  });
});

describe('an upload', () => {
  test('fails, or is stuck until it is released', async () => {
    const { sim, send, jobs, list } = await start(
      { kind: 'job_failed' },
      { kind: 'job_failed', status: 'INVALID_FILE', nth: 2 },
      { kind: 'job_stuck', fileName: 'stuck' },
    );
    await send();
    await send();
    await send(fileOf(`Email\n${rows(1, 100)}`, 'stuck.csv'));
    sim.advance(86_400_000);
    expect(jobs().map(({ status }) => status)).toEqual(['FAILED', 'INVALID_FILE', 'RECEIVING']);
    const release = await fetch(`${sim.adminUrl}/jobs/${jobs()[2]!.id}/release`, { method: 'POST' });
    expect(release.status).toBe(200);
    sim.advance(300);
    expect([jobs()[2]!.status, list()?.members]).toEqual(['RECEIVED', 100]);
  });

  test('brings only a part, is shown late, or is never counted', async () => {
    const { sim, ly, id, send, list } = await start(
      { kind: 'job_partial', rows: 30 },
      { kind: 'not_counted' },
      { kind: 'job_late', ms: 60_000 },
    );
    await send();
    sim.advance(59_999);
    expect(await ly.jobs(id)).toEqual({});
    expect(list()).toMatchObject({ members: 30, reach: null });
    expect(sim.state.members(String(id)).has(hash(30))).toBe(true);
    sim.advance(1);
    expect(Object.keys(await ly.jobs(id))).toHaveLength(1);
  });
});

describe('a rule', () => {
  test.each([
    ['an unknown kind', { kind: 'earthquake' }, /earthquake/],
    ['a missing field', { kind: 'slow' }, /needs ms/],
    ['a code that is none', { kind: 'code', code: 'x' }, /a code such as/],
    ['a file name too early', { kind: 'reset', fileName: 'a' }, /fileName/],
    ['an unknown endpoint', { kind: 'garbled', endpoint: 'x' }, /upload-status/],
  ])('with %s is refused', (_, rule, says) => {
    expect(() => readFault(rule)).toThrow(SimulatorInputError);
    expect(() => readFault(rule)).toThrow(says);
  });

  test('may be a flag', () => {
    expect(parseFault('code,code=0003,endpoint=upload,nth=2')).toEqual({
      kind: 'code',
      code: '0003',
      endpoint: 'upload',
      nth: 2,
    });
  });
});
