/** Whatever interrupts a run: no audience is made twice, no chunk is sent twice, and the run continues exactly. */
import { describe, expect, test, vi } from 'vitest';
import type { Fault } from '../../simulators/line-ads/index.ts';
import type { PrintedRun } from '../../src/cli/report.ts';
import { type Bench, bench, exporting, filled, held, inFours, members, toA1 } from '../support/cli.ts';

/** How often LINE accepted each chunk of the run. */
function taken(at: Bench, runId: string | null): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { fileName, status } of at.simulator.inspect().jobs) {
    if (status !== 'FAILED' && fileName.includes(runId ?? '')) counts[fileName] = (counts[fileName] ?? 0) + 1;
  }
  return counts;
}

const allOnce = (runId: string | null) => Object.fromEntries([1, 2, 3].map((n) => [`lineup-${runId}-${n}.txt`, 1]));

async function runs(at: Bench): Promise<PrintedRun[]> {
  return JSON.parse((await at.run(['runs', 'list', '--json'])).stdout) as PrintedRun[];
}

describe('after a lost answer, Lineup asks LINE', () => {
  // With the result of the upload. An accepted upload is not sent again, and the next upload is the second chunk.
  test.each<[string, 'taken' | 'not taken', Fault]>([
    ['reset after LINE accepted the upload', 'taken', { kind: 'reset', when: 'after' }],
    ['half an answer', 'taken', { kind: 'garbled' }],
    ['5xx before LINE accepted the upload', 'not taken', { kind: 'status', status: 500, when: 'before' }],
    ['429', 'not taken', { kind: 'status', status: 429 }],
  ])('%s: no audience is created twice, and a replace uploads every chunk once', async (_, end, fault) => {
    const at = await bench();
    const upload = { ...fault, endpoint: 'upload' } as const;
    const met = () => at.simulator.inspect().requests.flatMap(({ faults }) => faults).length;
    const old = members(10, 'old');
    at.simulator.addFault({ ...upload, nth: 1 });
    const made = await at.export([
      ...['--source', at.write('old.csv', old.csv), ...toA1, '--audience-name', 'VIP', ...inFours],
    ]);
    expect([made.code, made.run.audience]).toEqual([0, expect.objectContaining({ name: 'VIP', created: true })]);
    expect(at.simulator.inspect().audiences.filter(({ name }) => name === 'VIP')).toHaveLength(1);
    const id = made.run.audience?.id ?? '';
    expect(held(at.simulator, id)).toEqual(old.hashes);
    expect([met(), taken(at, made.run.runId)]).toEqual([1, allOnce(made.run.runId)]);

    const { csv, hashes } = members(10, 'new');
    at.simulator.addFault({ ...upload, nth: 1 });
    at.simulator.addFault({ ...upload, nth: end === 'taken' ? 2 : 3 });
    const { code, run } = await at.export([
      ...['--source', at.write('new.csv', csv), ...toA1, '--audience-id', id, ...inFours],
    ]);
    expect(code).toBe(0);
    expect(held(at.simulator, id)).toEqual(hashes);
    expect([met(), taken(at, run.runId)]).toEqual([3, allOnce(run.runId)]);
    expect(at.simulator.inspect().violations).toEqual([]);
  });
});

// At all other places, the fault simulation kills commands.
describe('SIGKILL', () => {
  test('after LINE accepted the second upload, before its answer', async () => {
    const { at, id, source, hashes } = await filled();
    at.simulator.addFault({ kind: 'slow', ms: 30_000, when: 'after', endpoint: 'upload', nth: 2 });
    const { child, finished } = at.start(exporting(['--source', source, ...toA1, '--audience-id', id, ...inFours]));
    await jobsOfRun(at, 2);
    child.kill('SIGKILL');
    await finished;
    at.simulator.clearFaults();
    const [broken] = await runs(at);
    expect(broken?.status).toBe('interrupted');
    const { code, run } = await at.export(['--resume', broken?.runId ?? '']);
    expect([code, run.status]).toEqual([0, 'succeeded']);
    expect(held(at.simulator, id)).toEqual(hashes);
    expect(taken(at, run.runId)).toEqual(allOnce(run.runId));
    expect(at.simulator.inspect().violations).toEqual([]);
  });

  test('while a new audience is created: Lineup finds its id again and creates no second one', async () => {
    const at = await bench();
    const { csv, hashes } = members(10);
    at.simulator.addFault({ kind: 'slow', ms: 30_000, when: 'after', endpoint: 'upload' });
    const { child, finished } = at.start(
      exporting(['--source', at.write('a.csv', csv), ...toA1, '--audience-name', 'VIP', ...inFours]),
    );
    await jobsOfRun(at, 1);
    child.kill('SIGKILL');
    await finished;
    at.simulator.clearFaults();
    const { code, run } = await at.export(['--resume', (await runs(at))[0]?.runId ?? '']);
    expect([code, run.audience?.created]).toEqual([0, true]);
    expect(at.simulator.inspect().audiences.filter(({ name }) => name === 'VIP')).toHaveLength(1);
    expect(held(at.simulator, run.audience?.id ?? '')).toEqual(hashes);
  });
});

describe('Ctrl-C', () => {
  test('stops cleanly and prints how to continue, and this works', async () => {
    const { at, id, source, hashes } = await filled();
    at.simulator.addFault({ kind: 'job_stuck' });
    const { child, finished } = at.start(exporting(['--source', source, ...toA1, '--audience-id', id, ...inFours]));
    await jobsOfRun(at, 1);
    child.kill('SIGINT');
    const { code, stdout } = await finished;
    const document = JSON.parse(stdout) as PrintedRun;
    expect([code, document.status]).toEqual([130, 'interrupted']);
    expect(document.error?.resume).toContain(`--resume ${document.runId}`);
    at.simulator.clearFaults();
    await release(at);
    expect((await at.export(['--resume', document.runId ?? ''])).code).toBe(0);
    expect(held(at.simulator, id)).toEqual(hashes);
  });
});

/** Resolves when LINE has accepted `count` uploads in chunks of four (the first filling of the audience had ten). */
const jobsOfRun = (at: Bench, count: number): Promise<void> =>
  vi.waitFor(
    () => expect(at.simulator.inspect().jobs.filter(({ lines }) => lines <= 4).length).toBeGreaterThanOrEqual(count),
    { interval: 20, timeout: 60_000 },
  );

/** Lets held jobs finish. */
async function release(at: Bench): Promise<void> {
  for (const { id } of at.simulator.inspect().jobs.filter(({ stuck }) => stuck)) {
    await fetch(`${at.simulator.adminUrl}/jobs/${id}/release`, { method: 'POST' });
  }
}
