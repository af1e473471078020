import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type LyticsSimulator, startLyticsSimulator } from '../../simulators/lytics/index.ts';
import { lyticsSimulatorOptions } from '../../simulators/lytics/options.ts';
import { settings } from '../../simulators/lytics/settings.ts';
import { SimulatorInputError } from '../../simulators/shared/input.ts';
import { get, page, startSim } from './lytics-client.ts';

async function admin(sim: LyticsSimulator, method: string, path: string, json?: unknown) {
  const body = json === undefined ? {} : { body: JSON.stringify(json) };
  const response = await fetch(`${sim.adminUrl}/${path}`, { method, ...body });
  return { status: response.status, json: JSON.parse(await response.text()) };
}

describe('the admin endpoint', () => {
  test('shows everything', async () => {
    const sim = await startSim();
    await page(sim, 'vip', 'limit=5');
    const { json } = await admin(sim, 'GET', 'state');
    expect(json).toMatchObject({
      settings: { pageMs: 0 },
      faults: [],
      fields: [{ id: 'email' }, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}],
    });
    expect(json.segments[2]).toEqual({
      id: sim.segmentId('vip'),
      slug: 'vip',
      name: 'VIP members',
      size: 13,
    });
    expect(json.requests).toEqual([
      {
        number: 1,
        time: expect.any(String),
        method: 'GET',
        path: '/api/segment/vip/scan?limit=5',
        endpoint: 'scan',
        status: 200,
        rows: 5,
        faults: [],
      },
    ]);
    for (const part of ['segments', 'requests', 'faults', 'settings']) {
      expect((await admin(sim, 'GET', part)).json).toEqual(json[part]);
    }
  });

  test('adds and cancels faults, changes settings, moves time and members', async () => {
    const sim = await startSim();
    const fault = { kind: 'status', status: 500, count: 0 };
    expect((await admin(sim, 'POST', 'faults', [fault, { kind: 'garbled' }])).json).toEqual({ ids: [1, 2] });
    expect((await get(sim, '/v2/segment')).status).toBe(500);
    expect((await admin(sim, 'GET', 'faults')).json[0]).toEqual({ id: 1, fault, seen: 1 });
    await admin(sim, 'DELETE', 'faults/1');
    expect((await get(sim, '/v2/segment')).status).toBe(200);
    await admin(sim, 'DELETE', 'faults');
    expect((await admin(sim, 'GET', 'faults')).json).toEqual([]);

    await admin(sim, 'POST', 'settings', { cursorTtlMs: 1000 });
    const { _next } = await page(sim, 'vip', 'limit=5');
    await admin(sim, 'POST', 'clock', { advanceMs: 1000 });
    expect((await get(sim, `/api/segment/vip/scan?start=${_next}`)).status).toBe(400);

    expect((await admin(sim, 'POST', 'segments/vip', { joined: 5, left: 2 })).json).toMatchObject({
      size: 16,
    });
  });

  test('resets to the state of the start', async () => {
    const sim = await startSim({ faults: [{ kind: 'expired', nth: 2 }] });
    const before = sim.inspect();
    await page(sim, 'vip', 'limit=5');
    await page(sim, 'vip', 'limit=5');
    sim.configure({ pageMs: 1 });
    await admin(sim, 'POST', 'segments/vip', { left: 2 });
    await admin(sim, 'POST', 'reset');
    expect(sim.inspect()).toEqual(before);
  });

  test.each([
    ['GET', 'nothing', undefined, 404],
    ['POST', 'segments/nobody', {}, 404],
    ['DELETE', 'faults/1', undefined, 404],
    ['POST', 'faults', { kind: 'x' }, 400],
    ['POST', 'settings', { pageMs: -1 }, 400],
    ['POST', 'settings', { color: 'red' }, 400],
    ['POST', 'clock', { advanceMs: -1 }, 400],
    ['POST', 'segments/vip', { left: -1 }, 400],
  ])('refuses %s %s %j', async (method, path, json, status) => {
    const answer = await admin(await startSim(), method, path, json);
    expect([answer.status, typeof answer.json.error]).toEqual([status, 'string']);
  });
});

describe('in the process', () => {
  test('a test can wait for a request, and every request is recorded', async () => {
    const log: string[] = [];
    const sim = await startSim({ log: (record) => log.push(`${record.endpoint} ${record.status}`) });
    const awaited = sim.nextRequest(({ endpoint }) => endpoint === 'scan');
    await get(sim, '/v2/segment');
    await page(sim, 'vip', 'limit=5');
    expect(await awaited).toMatchObject({ endpoint: 'scan', rows: 5 });
    expect(log).toEqual(['segments 200', 'scan 200']);
  });

  test('invalid options are refused before the server listens', async () => {
    for (const options of [{ pageMs: -1 }, { members: -1 }, { token: '' }]) {
      await expect(startLyticsSimulator(options)).rejects.toThrow(SimulatorInputError);
    }
    const sim = await startSim();
    expect(() => sim.segmentId('nobody')).toThrow('nobody');
  });
});

describe('on the command line', () => {
  const main = fileURLToPath(new URL('../../simulators/lytics/main.ts', import.meta.url));

  function run(...args: string[]) {
    const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    return child;
  }

  test('every setting has a flag', () => {
    const keys = lyticsSimulatorOptions.map(({ key }) => key);
    expect(keys).toEqual(['port', 'host', 'token', 'members', 'faults', ...Object.keys(settings)]);
    expect(lyticsSimulatorOptions.find(({ key }) => key === 'cursorTtlMs')?.name).toBe('--cursor-ttl-ms');
  });

  test('prints what to copy, follows its flags and stops at a signal', async () => {
    const child = run('--token', 'mine', '--members', '777', '--fault', 'status,status=500,endpoint=segments');
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(line);
      if (line.startsWith('curl ')) break;
    }
    const origin = /LYTICS_ORIGIN=(\S+)/.exec(lines.join('\n'))?.[1];
    expect(lines.join('\n')).toMatch(/All members \(777\)/);
    const read = (path: string) => fetch(`${origin}${path}`, { headers: { authorization: 'mine' } });
    expect((await read('/v2/segment')).status).toBe(500);
    expect((await read('/v2/segment')).status).toBe(200);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  test('an invalid flag is a usage error without a stack', async () => {
    const child = run('--members', 'many');
    let reported = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (reported += text));
    expect((await once(child, 'close'))[0]).toBe(2);
    expect(reported).toBe('Expected --members to be a whole number from 0 to 100000000, got "many".\n');
  });
});
