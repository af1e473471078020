/** The core of the simulator answers the same over HTTP and in this process, and the same every time. */
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { connectionTo } from '../../simulators/line-ads/connection.ts';
import { faultKinds } from '../../simulators/line-ads/faults.ts';
import type { Fault } from '../../simulators/line-ads/index.ts';
import { bothSides, cases, freshWorld, history, sideOf, small, told } from './history.ts';

describe('the same as over HTTP, with these faults:', () => {
  test.each(cases)('%s', async (_, faults, content) => {
    const [http, inProcess] = await bothSides();
    const answers = await history(inProcess, faults, content);
    expect(answers).toEqual(await history(http, faults, content));
    expect(inProcess.world.inspect()).toEqual(http.world.inspect());
    const met = inProcess.world.inspect().requests.flatMap((request) => request.faults);
    expect(new Set(met)).toEqual(new Set(faults.map(({ kind }) => kind)));
  });

  test('every kind is among them', () => {
    expect(new Set(cases.flatMap(([, faults]) => faults.map(({ kind }) => kind)))).toEqual(new Set(faultKinds));
  });

  test('a slow answer, for which the client does not wait', async () => {
    const faults: Fault[] = [{ kind: 'slow', ms: 3_600_000, count: 0 }];
    for (const { client, world } of await bothSides()) {
      // The connection is open then, so the next request arrives long before its time is up.
      await client.customAudiences.page('A1');
      for (const fault of faults) world.addFault(fault);
      const error = await client.customAudiences.page('A1', { timeout: 500, maxRetries: 0 }).catch(told);
      expect(error).toMatchObject({ code: 'timeout', outcome: 'not_taken' });
      expect(world.inspect()).toMatchObject({ requests: [{}, { faults: ['slow'] }] });
    }
  });

  test('a client that goes away in the middle of its file', async () => {
    for (const { client, world } of await bothSides()) {
      const giveUp = new AbortController();
      const file = {
        name: 'r-1.txt',
        bytes: 1_000_000,
        async *read() {
          yield small;
          yield small;
          // The first block must have arrived.
          await expect.poll(() => world.inspect().requests.length).toBe(1);
          giveUp.abort();
          await delay(50);
        },
      };
      const call = client.customAudiences.upload('A1', {
        ...{ name: 'VIP', action: 'ADD', idType: 'HASHED_EMAIL', file },
        signal: giveUp.signal,
      });
      expect(await call.catch(told)).toMatchObject({ code: 'aborted', outcome: 'not_taken' });
      await expect
        .poll(() => world.inspect())
        .toMatchObject({
          requests: [{ detail: 'the client went away' }],
          jobs: [],
        });
    }
  });
});

test.each(cases)('the same requests have the same answers, ids and records, byte by byte: %s', async (_, faults) => {
  const bytes = async () => {
    const waits: number[] = [];
    const world = freshWorld({ sleep: async (ms) => void waits.push(ms) });
    const connection = connectionTo(world);
    const answers: unknown[] = [];
    const side = sideOf(world, 'https://line.example.com/api', async (url, init) => {
      const response = await connection(url, init);
      answers.push([response.status, [...response.headers], await response.text()]);
      return response;
    });
    await history(side, faults);
    expect(waits).toEqual(faults.flatMap((fault) => (fault.kind === 'slow' ? [fault.ms] : [])));
    return JSON.stringify({ answers, state: side.world.inspect() });
  };
  expect(await bytes()).toBe(await bytes());
});
