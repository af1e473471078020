/** A run that is interrupted at any point is continued exactly. */
import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import type { Fault } from '../../simulators/line-ads/index.ts';
import type { PrintedRun } from '../../src/cli/report.ts';
import { type Bench, bench, exporting, held, members, sha256 } from '../support/cli.ts';
import { readStaged, writeStaged } from '../support/staged.ts';

const toA1 = ['--field', 'email', '--identifier-type', 'email', '--ad-account', 'A1'];
const inFours = ['--chunk-records', '4'];

/** An audience of 10 old members, so that wrong steps of a replace with 10 new ones in three chunks are visible. */
async function filled(): Promise<{ at: Bench; id: string; source: string; hashes: string[] }> {
  const at = await bench();
  const id = at.simulator.addAudience({ name: 'VIP', members: 10 });
  const { csv, hashes } = members(10, 'new');
  return { at, id, source: at.write('new.csv', csv), hashes };
}

/** How often LINE accepted each chunk of the run. */
function taken(at: Bench, runId: string | null): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { fileName, status } of at.simulator.inspect().jobs) {
    if (status !== 'FAILED' && fileName.includes(runId ?? '')) counts[fileName] = (counts[fileName] ?? 0) + 1;
  }
  return counts;
}

const allOnce = (runId: string | null) =>
  Object.fromEntries([1, 2, 3].map((n) => [`lineup-${runId}-${n}.txt`, 1]));

async function runs(at: Bench): Promise<PrintedRun[]> {
  return JSON.parse((await at.run(['runs', 'list', '--json'])).stdout) as PrintedRun[];
}

test.each<[string, Fault]>([
  ['whose first chunk LINE refused', { kind: 'status', status: 400, endpoint: 'upload', nth: 1 }],
  ['whose first upload job failed', { kind: 'job_failed', nth: 1 }],
])('a run %s passes the guard again, with the limit that holds now', async (_, fault) => {
  const { at, id } = await filled();
  const few = at.write('few.csv', members(6, 'few').csv);
  at.simulator.addFault(fault);
  const refused = await at.export(['--source', few, ...toA1, '--audience-id', id, '--max-shrink', '0.5']);
  expect([refused.code, refused.run.counts?.uploaded]).toEqual([1, 0]);
  const resume = (limit: string) => at.export(['--resume', refused.run.runId ?? '', '--max-shrink', limit]);
  const again = await resume('0.3');
  expect(again.run.error?.code).toBe('audience_shrinks');
  expect(held(at.simulator, id)).toHaveLength(10);
  expect((await resume('0.4')).code).toBe(0);
  expect(held(at.simulator, id)).toHaveLength(6);
});

describe('after a lost answer, Lineup asks LINE', () => {
  // With the result of the upload. An accepted upload is not sent again, and the next upload is the second chunk.
  test.each<[string, 'taken' | 'not taken', Fault]>([
    ['reset after LINE accepted the upload', 'taken', { kind: 'reset', when: 'after' }],
    ['5xx after LINE accepted the upload', 'taken', { kind: 'status', status: 502, when: 'after' }],
    ['half an answer', 'taken', { kind: 'garbled' }],
    ['reset before LINE read anything', 'not taken', { kind: 'reset', when: 'before' }],
    ['5xx before LINE accepted the upload', 'not taken', { kind: 'status', status: 500, when: 'before' }],
    ['429', 'not taken', { kind: 'status', status: 429 }],
    ['busy', 'not taken', { kind: 'busy' }],
  ])('%s: no audience is created twice, and a replace uploads every chunk once', async (_, end, fault) => {
    const at = await bench();
    const upload = { ...fault, endpoint: 'upload' } as const;
    const met = () => at.simulator.inspect().requests.flatMap(({ faults }) => faults).length;
    const old = members(10, 'old');
    at.simulator.addFault({ ...upload, nth: 1 });
    const made = await at.export([
      ...['--source', at.write('old.csv', old.csv), ...toA1, '--audience-name', 'VIP', ...inFours],
    ]);
    expect([made.code, made.run.audience]).toEqual([
      0,
      expect.objectContaining({ name: 'VIP', created: true }),
    ]);
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

describe('SIGKILL', () => {
  const points: [string, Fault | null, (at: Bench) => Promise<unknown>][] = [
    [
      'before LINE accepts the first upload',
      { kind: 'slow', ms: 30_000, when: 'before', endpoint: 'upload' },
      (at) => arrived(at),
    ],
    [
      'after LINE accepted the first upload, before its answer',
      { kind: 'slow', ms: 30_000, when: 'after', endpoint: 'upload' },
      (at) => jobsOfRun(at, 1),
    ],
    ['while LINE processes the first chunk', { kind: 'job_stuck' }, (at) => jobsOfRun(at, 1)],
    [
      'after LINE accepted the second upload, before its answer',
      { kind: 'slow', ms: 30_000, when: 'after', endpoint: 'upload', nth: 2 },
      (at) => jobsOfRun(at, 2),
    ],
    ['while LINE processes the last chunk', { kind: 'job_stuck', nth: 3 }, (at) => jobsOfRun(at, 3)],
  ];

  test.each(points)('%s', async (_, fault, reached) => {
    const { at, id, source, hashes } = await filled();
    if (fault) at.simulator.addFault(fault);
    const { child, finished } = at.start(
      exporting(['--source', source, ...toA1, '--audience-id', id, ...inFours]),
    );
    await reached(at);
    child.kill('SIGKILL');
    await finished;
    at.simulator.clearFaults();
    await release(at);
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
    const { child, finished } = at.start(
      exporting(['--source', source, ...toA1, '--audience-id', id, ...inFours]),
    );
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

describe('--resume', () => {
  test('sends a chunk whose job FAILED again, with the same action and file name', async () => {
    const { at, id, source, hashes } = await filled();
    at.simulator.addFault({ kind: 'job_failed', nth: 2 });
    const failed = await at.export(['--source', source, ...toA1, '--audience-id', id, ...inFours]);
    expect([failed.code, failed.run.error?.code]).toEqual([1, 'upload_job_failed']);
    const resumed = await at.export(['--resume', failed.run.runId ?? '']);
    expect(resumed.code).toBe(0);
    expect(held(at.simulator, id)).toEqual(hashes);
    expect(
      at.simulator.inspect().jobs.filter(({ fileName }) => fileName === `lineup-${failed.run.runId}-2.txt`),
    ).toHaveLength(2);
  });

  test('is refused when a later run has written to the audience', async () => {
    const { at, id, source } = await filled();
    at.simulator.addFault({ kind: 'job_failed', nth: 2 });
    const failed = await at.export(['--source', source, ...toA1, '--audience-id', id, ...inFours]);
    const newer = members(10, 'newer');
    await at.export(['--source', at.write('newer.csv', newer.csv), ...toA1, '--audience-id', id]);
    const { code, run } = await at.export(['--resume', failed.run.runId ?? '']);
    expect([code, run.error?.code]).toEqual([2, 'run_superseded']);
    expect(held(at.simulator, id)).toEqual(newer.hashes);
  });

  test('for an unknown or a succeeded run, or with other flags, is a usage error', async () => {
    const at = await bench();
    const done = await at.export([
      '--source',
      at.write('a.csv', members(3).csv),
      ...toA1,
      '--audience-name',
      'VIP',
    ]);
    expect((await at.export(['--resume', 'nothing'])).run.error?.code).toBe('run_not_found');
    expect((await at.export(['--resume', done.run.runId ?? ''])).run.error?.code).toBe('run_not_resumable');
    expect((await at.export(['--resume', done.run.runId ?? '', '--field', 'email'])).code).toBe(2);
  });

  test('scans again when the staged chunks are gone, and continues only with the same chunks', async () => {
    const { at, id, source, hashes } = await filled();
    const fail = async () => {
      at.simulator.addFault({ kind: 'job_failed', nth: 2 });
      const { run } = await at.export(['--source', source, ...toA1, '--audience-id', id, ...inFours]);
      rmSync(join(at.directory, 'data', 'runs', run.runId ?? '', 'staged'), { recursive: true });
      return run.runId ?? '';
    };
    const unchanged = await fail();
    expect((await at.export(['--resume', unchanged])).code).toBe(0);
    expect(held(at.simulator, id)).toEqual(hashes);
    const changed = await fail();
    writeFileSync(source, members(9, 'other').csv);
    expect((await at.export(['--resume', changed])).run.error?.code).toBe('source_changed');
  });

  test('for a run with older rules sends its staged chunks, and never mixes them with chunks of the new rules', async () => {
    const { at, id } = await filled();
    const source = at.write('few.csv', members(4, 'few').csv);
    const of = (runId: string | null) => join(at.directory, 'data', 'runs', runId ?? '');
    /** A run as the previous version left it: with a different first chunk, and without a rules version. */
    const broken = async () => {
      const { run } = await at.export(['--source', source, ...toA1, '--audience-id', id]);
      expect(run.error?.code).toBe('audience_shrinks');
      const chunk = await readStaged(at, run.runId, 'chunk-0001.txt');
      const older = `${'0'.repeat(64)}${chunk.slice(64)}`;
      await writeStaged(at, run.runId, 'chunk-0001.txt', older);
      const journal = readFileSync(join(of(run.runId), 'journal.ndjson'), 'utf8')
        .replace('"rulesVersion":2', '"rulesVersion":1')
        .replace('"rulesVersion":2,', '')
        .replace(/"phonesRepaired":0,"phonesWithLostDigits":0,/, '')
        .replace(sha256(chunk), sha256(older));
      writeFileSync(join(of(run.runId), 'journal.ndjson'), journal);
      return run.runId ?? '';
    };
    const lost = await broken();
    const kept = await broken();

    rmSync(join(of(lost), 'staged'), { recursive: true });
    const { code, run } = await at.export(['--resume', lost, '--max-shrink', '1']);
    expect([code, run.error?.code, run.rulesVersion]).toEqual([1, 'source_changed', 1]);
    expect(run.error?.message).toContain('version 2 of the identifier rules');

    const resumed = await at.export(['--resume', kept, '--max-shrink', '1']);
    expect([resumed.code, resumed.run.rulesVersion]).toEqual([0, 1]);
    expect(held(at.simulator, id)).toHaveLength(4);
    expect(held(at.simulator, id)).toContain('0'.repeat(64));
  });

  test('refuses a staged chunk that has changed, as long as LINE does not have all chunks', async () => {
    const { at, id, source, hashes } = await filled();
    at.simulator.addFault({ kind: 'job_failed', nth: 2 });
    const { run } = await at.export(['--source', source, ...toA1, '--audience-id', id, ...inFours]);
    const directory = join(at.directory, 'data', 'runs', run.runId ?? '');
    const chunk = join(directory, 'staged', 'chunk-0002.txt');
    const bytes = readFileSync(chunk);
    bytes[40]! ^= 1;
    writeFileSync(chunk, bytes);
    const jobs = at.simulator.inspect().jobs.length;
    const { run: refused } = await at.export(['--resume', run.runId ?? '']);
    expect(refused.error).toMatchObject({ code: 'staged_file_changed', resume: null });
    expect(refused.error?.message).toContain(chunk);
    expect(at.simulator.inspect().jobs).toHaveLength(jobs);
    // Nobody is advised to continue it, so nothing is kept.
    expect(readdirSync(directory).sort()).toEqual(['held.lock', 'journal.ndjson']);
    expect((await at.export(['--resume', run.runId ?? ''])).code).toBe(0);
    expect(held(at.simulator, id)).toEqual(hashes);
  });

  test.each<[string, (directory: string) => void]>([
    ['its key is gone', (directory) => rmSync(join(directory, 'staged.key'))],
    ['its key was cut off', (directory) => truncateSync(join(directory, 'staged.key'), 5)],
    [
      'an earlier version has staged it without encryption',
      (directory) => {
        rmSync(join(directory, 'staged.key'));
        for (const name of readdirSync(join(directory, 'staged'))) {
          writeFileSync(join(directory, 'staged', name), `${'0'.repeat(64)}\n`.repeat(4));
        }
      },
    ],
  ])('stages again when %s', async (_, spoil) => {
    const { at, id, source, hashes } = await filled();
    at.simulator.addFault({ kind: 'job_failed', nth: 2 });
    const { run } = await at.export(['--source', source, ...toA1, '--audience-id', id, ...inFours]);
    const directory = join(at.directory, 'data', 'runs', run.runId ?? '');
    spoil(directory);
    expect((await at.export(['--resume', run.runId ?? ''])).code).toBe(0);
    expect(held(at.simulator, id)).toEqual(hashes);
    expect(readdirSync(directory).sort()).toEqual(['held.lock', 'journal.ndjson']);
  });
});

test('two exports to one audience at once wait for each other', async () => {
  const { at, id } = await filled();
  const [a, b] = [members(10, 'a'), members(10, 'b')];
  const both = await Promise.all(
    [a, b].map(({ csv }, n) => {
      const source = at.write(`both${n}.csv`, csv);
      return at.start(exporting(['--source', source, ...toA1, '--audience-id', id, ...inFours])).finished;
    }),
  );
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  expect([a.hashes, b.hashes]).toContainEqual(held(at.simulator, id));
  expect(at.simulator.inspect().violations).toEqual([]);
});

/** Resolves when the upload that a fault delays has arrived. */
const arrived = (at: Bench): Promise<void> =>
  reached(() => at.simulator.inspect().faults.some(({ seen }) => seen > 0));

/** Resolves when LINE has accepted `count` uploads in chunks of four (the first filling of the audience had ten). */
const jobsOfRun = (at: Bench, count: number): Promise<void> =>
  reached(() => at.simulator.inspect().jobs.filter(({ lines }) => lines <= 4).length >= count);

const reached = (condition: () => boolean): Promise<void> =>
  vi.waitFor(() => expect(condition()).toBe(true), { interval: 5, timeout: 60_000 });

/** Lets held jobs finish. */
async function release(at: Bench): Promise<void> {
  for (const { id } of at.simulator.inspect().jobs.filter(({ stuck }) => stuck)) {
    await fetch(`${at.simulator.adminUrl}/jobs/${id}/release`, { method: 'POST' });
  }
}
