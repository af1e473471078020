import { describe, expect, test } from 'vitest';
import { parseFault, readFault } from '../../simulators/lytics/faults.ts';
import { SimulatorInputError } from '../../simulators/shared/input.ts';
import { get, page, pages, startSim } from './lytics-client.ts';

const scan = '/api/segment/newsletter_japan/scan?limit=100&fields=email';
const held = (sim: Awaited<ReturnType<typeof startSim>>) =>
  [...sim.members('newsletter_japan', 'email')].map(({ email }) => email);

describe('a fault in place of the answer', () => {
  test('is 429 with and without Retry-After, or any status in the form of its version', async () => {
    const sim = await startSim({
      faults: [
        { kind: 'status', status: 429 },
        { kind: 'status', status: 429, retryAfter: 7, nth: 2 },
        { kind: 'status', message: 'later', nth: 3 },
        { kind: 'status', status: 500, endpoint: 'segments' },
      ],
    });
    const [plain, dated, third, fourth] = [
      await get(sim, scan),
      await get(sim, scan),
      await get(sim, scan),
      await get(sim, scan),
    ];
    expect([plain?.status, plain?.headers.get('retry-after')]).toEqual([429, null]);
    expect([dated?.status, dated?.headers.get('retry-after')]).toEqual([429, '7']);
    expect(third?.json).toEqual({ data: null, message: 'later', status: 503 });
    expect(fourth?.status).toBe(200);
    expect((await get(sim, '/v2/segment')).json).toMatchObject({
      status: 500,
      errors: [{ code: 'ERROR-500' }],
    });
  });

  test('is a reset, a connection that drops in the middle, or half of the JSON', async () => {
    const sim = await startSim({
      faults: [{ kind: 'reset' }, { kind: 'cut', nth: 2 }, { kind: 'garbled', nth: 3 }],
    });
    await expect(get(sim, scan)).rejects.toThrow();
    const response = await fetch(sim.origin + scan, { headers: { authorization: sim.token } });
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
    const garbled = await get(sim, scan);
    expect([garbled.status, garbled.json]).toEqual([200, {}]);
    expect(garbled.text).toMatch(/^\{"status":200/);
    expect((await get(sim, scan)).json).toHaveProperty('data');
    expect(sim.inspect().requests.map(({ status, faults }) => [status, ...faults])).toEqual([
      [undefined, 'reset'],
      [200, 'cut'],
      [200, 'garbled'],
      [200],
    ]);
  });

  test('is a delay, which ends early when the simulator closes', async () => {
    const sim = await startSim({ faults: [{ kind: 'slow', ms: 3_600_000 }] });
    const waiting = expect(get(sim, scan)).rejects.toThrow();
    while (sim.inspect().requests.length === 0) await new Promise(setImmediate);
    await sim.close();
    await waiting;
  });
});

describe('a fault in the pages', () => {
  test('makes them short or empty, although more follow', async () => {
    const sim = await startSim({
      faults: [
        { kind: 'short', rows: 0, nth: 2 },
        { kind: 'short', nth: 3 },
      ],
    });
    const all = await pages(sim, 'newsletter_japan');
    expect(all.slice(0, 4).map((page) => page.length)).toEqual([100, 0, 1, 100]);
    expect(all.flat()).toEqual(held(sim));
  });

  test('repeats members', async () => {
    const sim = await startSim({ faults: [{ kind: 'repeated', members: 3, nth: 2 }] });
    const [first = [], second = []] = await pages(sim, 'newsletter_japan');
    expect(second.slice(0, 3)).toEqual(first.slice(-3));
    expect(second).toHaveLength(100);
  });

  test('repeats all members but one, and the scan still ends', async () => {
    const sim = await startSim({ faults: [{ kind: 'repeated', members: 99, count: 0 }] });
    expect(await pages(sim, 'vip', 5)).toHaveLength(9);
  });

  test('lets members join and leave the audience', async () => {
    const sim = await startSim({
      faults: [
        { kind: 'joined', members: 4, nth: 2 },
        { kind: 'left', members: 6, nth: 3 },
      ],
    });
    const before = held(sim);
    const all = (await pages(sim, 'newsletter_japan')).flat();
    expect(all).toEqual([...before.slice(0, 100), ...before.slice(96, 196), ...before.slice(202)]);
    expect(held(sim).slice(4)).toEqual(before.slice(6));
    expect(sim.inspect().segments.find(({ slug }) => slug === 'newsletter_japan')?.size).toBe(998);
  });

  test('lets all cursors expire at once, but not later ones', async () => {
    const sim = await startSim({ faults: [{ kind: 'expired', nth: 2 }] });
    const { _next } = await page(sim, 'vip', 'limit=5');
    const old = `/api/segment/vip/scan?start=${_next}`;
    expect((await get(sim, old)).json).toMatchObject({ status: 400, message: 'start token has expired' });
    expect((await get(sim, old)).status).toBe(400);
    expect(await pages(sim, 'vip', 5)).toHaveLength(3);
  });

  test('gives the cursor of the request as the next cursor', async () => {
    const sim = await startSim({ faults: [{ kind: 'same_cursor', nth: 2, count: 2 }] });
    const first = await page(sim, 'vip', 'limit=5');
    for (const _ of [2, 3]) {
      expect((await page(sim, 'vip', `limit=5&start=${first._next}`))._next).toBe(first._next);
    }
    expect((await page(sim, 'vip', `limit=5&start=${first._next}`))._next).not.toBe(first._next);
  });
});

describe('a rule', () => {
  test.each([
    [{ kind: 'x' }, /one of status, reset/],
    [{ kind: 'slow' }, /needs ms/],
    [{ kind: 'reset', ms: 1 }, /has no ms/],
    [{ kind: 'reset', endpoint: 'upload' }, /one of segments/],
    [{ kind: 'short', endpoint: 'fields' }, /is one of pages/],
    [{ kind: 'status', status: 200 }, /from 400 to 599/],
  ])('%j is refused', (rule, message) => {
    expect(() => readFault(rule)).toThrow(SimulatorInputError);
    expect(() => readFault(rule)).toThrow(message);
  });

  test('can be read from a flag', () => {
    expect(parseFault('status,status=429,endpoint=scan,nth=2')).toEqual({
      kind: 'status',
      status: 429,
      endpoint: 'scan',
      nth: 2,
    });
    expect(() => parseFault('status,429')).toThrow(/key=value/);
  });

  test('for pages does not count other endpoints', async () => {
    const sim = await startSim({ faults: [{ kind: 'short', nth: 2 }] });
    await get(sim, '/v2/segment');
    expect((await pages(sim, 'newsletter_japan')).slice(0, 2).map((page) => page.length)).toEqual([100, 1]);
  });
});
