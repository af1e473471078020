import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type LineAdsSimulator, SimulatorInputError, startLineAdsSimulator } from '../../simulators/line-ads/index.ts';
import { simulateLineAds, simulatorOptions } from '../../simulators/line-ads/options.ts';
import { settings } from '../../simulators/line-ads/settings.ts';
import { digest, lines, send, upload } from './client.ts';
import { startSim } from './sim.ts';

async function admin(sim: Pick<LineAdsSimulator, 'adminUrl'>, method: string, path: string, json?: unknown) {
  const body = json === undefined ? {} : { body: JSON.stringify(json) };
  const response = await fetch(`${sim.adminUrl}/${path}`, { method, ...body });
  const text = await response.text();
  return {
    status: response.status,
    text,
    json: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : null,
  };
}

async function create(sim: LineAdsSimulator, file = lines(1, 3)): Promise<string> {
  return String((await upload(sim.url, { name: 'VIP', file, fileName: 'run-1.txt' })).json.id);
}

describe('the admin endpoint', () => {
  test('shows everything', async () => {
    const sim = await startSim();
    const id = await create(sim);
    await upload(sim.url, { id, file: lines(4, 5) });
    const { json } = await admin(sim, 'GET', 'state');
    expect(json).toMatchObject({
      groupId: 'G1',
      settings: { jobMs: 300 },
      faults: [],
      violations: [{ code: 'overlapping_upload', request: 2 }],
    });
    expect(json.audiences.find((audience: { id: string }) => audience.id === id)).toMatchObject({
      name: 'VIP',
      status: 'IN_PROGRESS',
      members: 0,
    });
    expect(json.jobs[0]).toMatchObject({
      audienceId: id,
      fileName: 'run-1.txt',
      action: 'ADD',
      status: 'QUEUED',
      lines: 3,
      bytes: 195,
    });
    expect(json.requests[0]).toMatchObject({
      number: 1,
      method: 'POST',
      endpoint: 'upload',
      status: 202,
      accessKey: 'LINEADSAMPLE',
      adAccountId: 'A1',
      audienceId: id,
      fileName: 'run-1.txt',
      action: 'ADD',
      jobId: json.jobs[0].id,
    });
    for (const part of ['audiences', 'jobs', 'requests', 'violations', 'faults', 'settings']) {
      expect((await admin(sim, 'GET', part)).json).toEqual(json[part]);
    }
  });

  test('moves time, and returns members as sorted lines with their digest', async () => {
    const sim = await startSim();
    const id = await create(sim);
    expect((await admin(sim, 'GET', `audiences/${id}/members`)).text).toBe('');
    expect((await admin(sim, 'POST', 'clock', { advanceMs: 300 })).status).toBe(200);
    const sorted = [1, 2, 3].map((value) => `${digest(value)}\n`).sort();
    expect((await admin(sim, 'GET', `audiences/${id}/members`)).text).toBe(sorted.join(''));
    expect((await admin(sim, 'GET', `audiences/${id}/digest`)).json).toEqual({
      members: 3,
      sha256: sim.state.members(id).sha256(),
    });
    // The client’s own clock is still valid for the signature.
    await admin(sim, 'POST', 'clock', { advanceMs: 86_400_000 });
    expect((await send(sim.url, 'GET', '/v3/groups/G1/adaccounts')).status).toBe(200);
  });

  test('adds audiences of other people, with the uploads that LINE lists', async () => {
    const sim = await startSim();
    const at = (id: string) => `/v3/adaccounts/A1/custom-audiences${id}`;
    const made = async (body: object) => (await admin(sim, 'POST', 'audiences', body)).json.id as string;
    const newsletter = await made({ name: 'Newsletter', members: 200 });
    expect(sim.state.members(newsletter).size).toBe(200);
    const { json: jobs } = await send(sim.url, 'GET', at(`/${newsletter}/upload-job`));
    expect(jobs.jobs).toMatchObject([{ type: 'DIFF_REPLACE', jobStatus: 'FINISHED', audienceCount: 200 }]);
    const silent = await made({
      ...{ name: 'Silent', members: 1, jobs: [], idType: 'IFA', estimatedAudienceSize: '-' },
    });
    expect((await send(sim.url, 'GET', at(`/${silent}/upload-job`))).json).toEqual({ jobs: [] });
    const { json: listed } = await send(sim.url, 'GET', at(''));
    expect(listed.audienceGroups).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ id: newsletter, status: 'READY', estimatedAudienceSize: '130' }),
        expect.objectContaining({ id: silent, functionType: 'UPLOAD', estimatedAudienceSize: '-' }),
      ]),
    );
    for (const wrong of [
      { members: 1 },
      { name: 'x', members: -1 },
      { name: 'x', members: 1, adAccountId: 'Z9' },
      { name: 'x', members: 1, jobs: [{ action: 'REMOVE', audienceCount: 1 }] },
      { name: 'x', members: 1, jobs: {} },
    ]) {
      expect((await admin(sim, 'POST', 'audiences', wrong)).status).toBe(400);
    }
  });

  test('adds and cancels faults, and changes settings', async () => {
    const sim = await startSim();
    const fault = { kind: 'status', status: 500, count: 0 };
    expect((await admin(sim, 'POST', 'faults', [fault, { kind: 'garbled' }])).json).toEqual({ ids: [1, 2] });
    expect((await send(sim.url, 'GET', '/v3/groups/G1/adaccounts')).status).toBe(500);
    expect((await admin(sim, 'GET', 'faults')).json[0]).toEqual({ id: 1, fault, seen: 1 });
    await admin(sim, 'DELETE', 'faults/1');
    expect((await send(sim.url, 'GET', '/v3/groups/G1/adaccounts')).json).toEqual({});
    await admin(sim, 'POST', 'faults', fault);
    await admin(sim, 'DELETE', 'faults');
    expect((await send(sim.url, 'GET', '/v3/groups/G1/adaccounts')).status).toBe(200);
    expect((await admin(sim, 'POST', 'settings', { matchRate: 0, hashedIfa: 'refuse' })).json).toMatchObject({
      jobMs: 300,
      matchRate: 0,
      hashedIfa: 'refuse',
    });
    expect(sim.inspect().settings.matchRate).toBe(0);
  });

  test('resets to the state of the start', async () => {
    const sim = await startSim({ faults: [{ kind: 'garbled' }] });
    const before = sim.inspect();
    await create(sim);
    sim.configure({ jobMs: 1 });
    sim.addFault({ kind: 'busy' });
    await admin(sim, 'POST', 'reset');
    expect(sim.inspect()).toEqual(before);
    expect((await upload(sim.url, { name: 'VIP', file: lines(1, 1) })).json).toEqual({});
  });

  test('marks an audience as used, so that it cannot be deleted', async () => {
    const sim = await startSim();
    const id = await create(sim);
    await admin(sim, 'POST', `audiences/${id}`, { inUse: true });
    const remove = () => send(sim.url, 'DELETE', `/v3/adaccounts/A1/custom-audiences/${id}`);
    expect((await remove()).status).toBe(400);
    await admin(sim, 'POST', `audiences/${id}`, { inUse: false });
    expect((await remove()).status).toBe(202);
  });

  test('keeps files byte by byte if it is set', async () => {
    const sim = await startSim({ keepFiles: true });
    const file = `${lines(1, 2).toUpperCase()}${digest(3)}`;
    await create(sim, file);
    const [job] = sim.state.jobs();
    expect(job?.file?.toString()).toBe(file);
    expect((await admin(sim, 'GET', `jobs/${job?.id}/file`)).text).toBe(file);
    sim.configure({ keepFiles: false });
    await upload(sim.url, { name: 'b', file });
    expect((await admin(sim, 'GET', `jobs/${sim.state.jobs()[1]?.id}/file`)).status).toBe(404);
  });

  test.each([
    ['GET', 'nothing', undefined, 404],
    ['GET', 'audiences/1/members', undefined, 404],
    ['POST', 'jobs/1/release', undefined, 404],
    ['DELETE', 'faults/1', undefined, 404],
    ['POST', 'faults', { kind: 'x' }, 400],
    ['POST', 'settings', { jobMs: -1 }, 400],
    ['POST', 'settings', { color: 'red' }, 400],
    ['POST', 'clock', { advanceMs: -1 }, 400],
    ['POST', 'audiences/5343820000101', { inUse: 'perhaps' }, 400],
  ])('refuses %s %s %j', async (method, path, json, status) => {
    const sim = await startSim();
    const answer = await admin(sim, method, path, json);
    expect([answer.status, typeof answer.json.error]).toEqual([status, 'string']);
  });
});

describe('in the process', () => {
  test('a test can wait for a request, and every request is recorded', async () => {
    const log: string[] = [];
    const sim = await startSim({ log: (record) => log.push(`${record.endpoint} ${record.status}`) });
    const awaited = sim.nextRequest(({ endpoint }) => endpoint === 'upload');
    await send(sim.url, 'GET', '/v3/groups/G1/adaccounts');
    await create(sim);
    expect(await awaited).toMatchObject({ endpoint: 'upload', status: 202, fileName: 'run-1.txt' });
    expect(log).toEqual(['ad-accounts 200', 'upload 202']);
  });

  test('a given key is the only valid one', async () => {
    const sim = await startSim({ accessKey: 'MINE', secretKey: 'SECRET' });
    const path = '/v3/groups/G1/adaccounts';
    expect((await send(sim.url, 'GET', path)).status).toBe(401);
    expect((await send(sim.url, 'GET', path, { accessKey: 'MINE', secretKey: 'SECRET' })).status).toBe(200);
  });

  test('invalid options are refused before the server listens', async () => {
    await expect(startLineAdsSimulator({ matchRate: 2 })).rejects.toThrow(SimulatorInputError);
    await expect(startLineAdsSimulator({ secretKey: '' })).rejects.toThrow(SimulatorInputError);
    await expect(startLineAdsSimulator({ faults: [{ kind: 'slow', ms: -1 }] })).rejects.toThrow(SimulatorInputError);
  });
});

describe('on the command line', () => {
  const main = fileURLToPath(new URL('../../simulators/line-ads/main.ts', import.meta.url));

  function run(...args: string[]) {
    const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    return child;
  }

  test('every setting has a flag', () => {
    const keys = simulatorOptions.map(({ key }) => key);
    expect(keys).toEqual(expect.arrayContaining([...Object.keys(settings)]));
    expect(simulatorOptions.find(({ key }) => key === 'clockSkewMs')?.name).toBe('--clock-skew-ms');
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('prints what to copy, follows its flags and stops at a signal', async () => {
    const child = run(
      '--job-ms',
      '0',
      '--ad-account',
      'B1',
      '--ad-account',
      'B2',
      '--fault',
      'status,status=500,endpoint=list',
    );
    const printed: string[] = [];
    for await (const line of createInterface(child.stdout)) {
      printed.push(line);
      if (line.includes('/state')) break;
    }
    const text = printed.join('\n');
    const url = /^export LINE_ADS_BASE_URL=(.+)$/m.exec(text)?.[1] ?? '';
    expect(text).toMatch(/^export LINE_ADS_ACCESS_KEY=LINEADSAMPLE$/m);
    expect(text).toMatch(/^export LINE_ADS_SECRET_KEY=LINEADSECRETKEYSAMPLE$/m);
    expect(text).toContain('B1, B2 in group G1');
    expect((await send(url, 'GET', '/v3/adaccounts/B2/custom-audiences')).status).toBe(500);
    expect((await send(url, 'GET', '/v3/adaccounts/B2/custom-audiences')).status).toBe(200);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  test('an invalid flag is a usage error without a stack', async () => {
    for (const args of [
      ['--job-ms', 'soon'],
      ['--colour', 'red'],
      ['--fault', 'explode'],
    ]) {
      const child = run(...args);
      const closed = once(child, 'close');
      let errors = '';
      for await (const block of child.stderr) errors += block;
      await closed;
      expect(child.exitCode).toBe(2);
      expect(errors).not.toMatch(/ at /);
      expect(errors).toContain(args[1]?.startsWith('e') ? 'explode' : (args[0] ?? ''));
    }
  });

  test('another program can offer the same flags', async () => {
    const values = Object.fromEntries(
      [
        ['--match-ms', '0'],
        ['--group', 'G5'],
      ].map(([flag = '', value = '']) => {
        const option = simulatorOptions.find(({ name }) => name === flag);
        return [option?.key, option?.parse(value)];
      }),
    );
    const printed: string[] = [];
    const logged: string[] = [];
    const sim = await simulateLineAds(
      values,
      (line) => printed.push(line),
      (line) => logged.push(line),
    );
    onTestFinished(() => sim.close());
    expect(sim.inspect()).toMatchObject({ groupId: 'G5', settings: { matchMs: 0 } });
    expect(printed.join('\n')).toContain(sim.adminUrl);
    await send(sim.url, 'GET', '/v3/groups/G1/adaccounts');
    expect(logged[0]).toMatch(/GET ad-accounts 400 the access key belongs to group G5$/);
  });
});
