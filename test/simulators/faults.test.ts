import { describe, expect, test } from 'vitest';
import { parseFault, readFault } from '../../simulators/line-ads/faults.ts';
import { type Fault, type LineAdsSimulator, SimulatorInputError } from '../../simulators/line-ads/index.ts';
import { digest, lines, reason, send, upload } from './client.ts';
import { startSim } from './sim.ts';

const audiences = '/v3/adaccounts/A1/custom-audiences';
const file = lines(1, 100);
const start = (...faults: Fault[]) => startSim({ faults });
const list = (sim: LineAdsSimulator) => send(sim.url, 'GET', audiences);
const add = (sim: LineAdsSimulator, name = 'VIP') => upload(sim.url, { name, file, fileName: `${name}.txt` });
const uploaded = (sim: LineAdsSimulator) => sim.state.jobs().map(({ fileName }) => fileName);

describe('a fault in place of the request', () => {
  test('answers 429 with and without Retry-After, without a body, and nothing is accepted', async () => {
    const sim = await start({ kind: 'status', status: 429 }, { kind: 'status', status: 429, retryAfter: 7, nth: 2 });
    const [plain, dated, third] = [await add(sim), await add(sim), await add(sim)];
    expect([plain.status, plain.text, plain.headers.get('retry-after')]).toEqual([429, '', null]);
    expect([dated.status, dated.headers.get('retry-after')]).toEqual([429, '7']);
    expect(third.status).toBe(202);
    expect(uploaded(sim)).toEqual(['VIP.txt']);
  });

  test('answers a status with a reason, by default 503, or is busy', async () => {
    const sim = await start(
      { kind: 'status', status: 500, reason: 'X', property: 'y' },
      { kind: 'status', nth: 2 },
      { kind: 'busy', nth: 3 },
    );
    const answers = [await list(sim), await list(sim), await add(sim)];
    expect(answers.map((answer) => [answer.status, reason(answer)])).toEqual([
      [500, 'X y'],
      [503, ''],
      [400, 'LOCK_DEFAULT'],
    ]);
    expect(uploaded(sim)).toEqual([]);
    expect(sim.state.requests.kept.map(({ faults }) => faults)).toEqual([['status'], ['status'], ['busy']]);
  });

  test.each([undefined, 'middle', 'read'] as const)('resets the connection: %s', async (when) => {
    const sim = await start({ kind: 'reset', when, endpoint: 'upload' });
    await expect(add(sim)).rejects.toThrow();
    expect(uploaded(sim)).toEqual([]);
    expect(sim.state.requests.kept[0]?.status).toBeUndefined();
    expect((await add(sim)).status).toBe(202);
  });
});

describe('a fault after the request is carried out', () => {
  test('is a reset or a 5xx: the upload is accepted, and its answer is lost', async () => {
    const sim = await start({ kind: 'reset', when: 'after' }, { kind: 'status', status: 502, when: 'after', nth: 2 });
    await expect(add(sim, 'a')).rejects.toThrow();
    expect((await add(sim, 'b')).status).toBe(502);
    expect(uploaded(sim)).toEqual(['a.txt', 'b.txt']);
  });

  test('is an answer that is cut in half', async () => {
    const sim = await start({ kind: 'garbled' });
    const answer = await add(sim);
    expect([answer.status, answer.json]).toEqual([202, {}]);
    expect(answer.text).toMatch(/^\{"id"/);
    expect(uploaded(sim)).toEqual(['VIP.txt']);
  });

  test('does not happen if the request was refused anyway', async () => {
    const sim = await start({ kind: 'reset', when: 'after' });
    expect((await upload(sim.url, { name: '', file })).status).toBe(400);
    await expect(add(sim)).rejects.toThrow();
  });
});

describe('a slow answer', () => {
  test('comes later, and ends early when the simulator closes', async () => {
    const sim = await startSim({
      faults: [
        { kind: 'slow', ms: 1 },
        { kind: 'slow', ms: 3_600_000, nth: 2, when: 'after' },
      ],
    });
    expect((await add(sim, 'a')).status).toBe(202);
    const lost = expect(add(sim, 'b')).rejects.toThrow();
    await expect.poll(() => uploaded(sim)).toEqual(['a.txt', 'b.txt']);
    await sim.close();
    await lost;
  });

  test('with `before` delays the request itself, and a client that gives up gets no answer', async () => {
    const sim = await start({ kind: 'slow', ms: 3_600_000 });
    const giveUp = new AbortController();
    const lost = expect(fetch(`${sim.url}${audiences}`, { signal: giveUp.signal })).rejects.toThrow();
    await expect.poll(() => sim.state.requests.kept[0]?.faults).toEqual(['slow']);
    giveUp.abort();
    await lost;
    expect(sim.state.requests.kept[0]?.status).toBeUndefined();
  });
});

describe('a fault in the job', () => {
  async function run(sim: LineAdsSimulator): Promise<{ id: string; job: Record<string, unknown> }> {
    const id = String((await add(sim)).json.id);
    sim.advance(300);
    const answer = await send(sim.url, 'GET', `${audiences}/${id}/upload-job`);
    return { id, job: (answer.json.jobs as Record<string, unknown>[])[0] ?? {} };
  }

  test('is FAILED with its failedType, and the members do not change', async () => {
    const sim = await start({ kind: 'job_failed', failedType: 'SOME_TYPE', nth: 2 });
    const { id, job } = await run(sim);
    expect(job).toMatchObject({ jobStatus: 'FINISHED', audienceCount: 100 });
    await upload(sim.url, { id, action: 'REPLACE', file: lines(500, 501) });
    sim.advance(300);
    const [failed] = (await send(sim.url, 'GET', `${audiences}/${id}/upload-job`)).json.jobs as Record<
      string,
      unknown
    >[];
    expect(failed).toMatchObject({
      type: 'DIFF_REPLACE',
      jobStatus: 'FAILED',
      failedType: 'SOME_TYPE',
      audienceCount: 0,
    });
    expect(sim.state.members(id).size).toBe(100);
  });

  test('is FINISHED with a failedType and fewer members', async () => {
    const sim = await start({
      kind: 'job_partial',
      failedType: 'AUDIENCE_GROUP_AUDIENCE_INSUFFICIENT',
      audienceCount: 40,
    });
    const { id, job } = await run(sim);
    expect(job).toMatchObject({
      jobStatus: 'FINISHED',
      failedType: 'AUDIENCE_GROUP_AUDIENCE_INSUFFICIENT',
      audienceCount: 40,
    });
    const members = sim.state.members(id);
    expect([members.size, members.has(digest(40)), members.has(digest(41))]).toEqual([40, true, false]);
  });

  test('holds it in either state until it is released', async () => {
    for (const state of ['QUEUED', 'WORKING'] as const) {
      const sim = await start({ kind: 'job_stuck', state });
      const { id, job } = await run(sim);
      sim.advance(3_600_000);
      expect(sim.inspect().jobs[0]?.status).toBe(state);
      await fetch(`${sim.adminUrl}/jobs/${job.audienceGroupJobId}/release`, { method: 'POST' });
      sim.advance(299);
      expect(sim.inspect().jobs[0]?.status).toBe('WORKING');
      sim.advance(1);
      expect(sim.inspect().jobs[0]?.status).toBe('FINISHED');
      expect(sim.state.members(id).size).toBe(100);
    }
  });

  test('is FINISHED, but matching fails', async () => {
    const sim = await start({ kind: 'match_failed', failedType: 'TOO_FEW' });
    const { id } = await run(sim);
    sim.advance(1000);
    expect(sim.inspect().audiences.find((audience) => audience.id === id)).toMatchObject({
      status: 'FAILED',
      failedType: 'TOO_FEW',
      members: 100,
    });
  });

  test('applies to the chunk with the given file name', async () => {
    const sim = await start({ kind: 'job_failed', fileName: '-2.' }, { kind: 'reset', when: 'after', fileName: '-3.' });
    expect((await add(sim, 'r-1')).status).toBe(202);
    expect((await add(sim, 'r-2')).status).toBe(202);
    await expect(add(sim, 'r-3')).rejects.toThrow();
    sim.advance(300);
    expect(sim.inspect().jobs.map(({ status }) => status)).toEqual(['FINISHED', 'FAILED', 'FINISHED']);
  });
});

describe('a fault applies to requests', () => {
  test('by endpoint, method, nth and count', async () => {
    const sim = await start(
      { kind: 'status', status: 500, endpoint: 'list', nth: 2, count: 2 },
      { kind: 'status', status: 501, method: 'post', count: 0 },
    );
    const statuses: number[] = [];
    for (let index = 0; index < 5; index += 1) statuses.push((await list(sim)).status);
    expect(statuses).toEqual([200, 500, 500, 200, 200]);
    expect([(await add(sim)).status, (await add(sim)).status]).toEqual([501, 501]);
    sim.clearFaults();
    expect((await add(sim)).status).toBe(202);
  });
});

describe('rules', () => {
  test('are the same from a flag and from JSON', () => {
    const expected = { kind: 'status', status: 429, retryAfter: 3, endpoint: 'upload', nth: 2 };
    expect(parseFault('status,status=429,retryAfter=3,endpoint=upload,nth=2')).toEqual(expected);
    expect(readFault(expected)).toEqual(expected);
    expect(parseFault('garbled')).toEqual({ kind: 'garbled' });
  });

  test.each([
    ['explode', /one of status, busy, reset/],
    ['status,status=200', /from 400 to 599, got "200"/],
    ['slow', /needs ms/],
    ['job_partial,failedType=X', /needs audienceCount/],
    ['reset,when=never', /before, middle, read, after/],
    ['reset,color=red', /has no color; it has endpoint/],
    ['reset,endpoint', /key=value/],
    ['reset,endpoint=uploads', /one of list, upload,/],
    ['reset,nth=0', /nth to be a whole number/],
    ['reset,fileName=-2.', /after accepting/],
  ])('%s is refused', (flag, message) => {
    expect(() => parseFault(flag)).toThrow(SimulatorInputError);
    expect(() => parseFault(flag)).toThrow(message);
  });
});
