/** A run that is continued: what it sends again, and when it is refused. */
import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Fault } from '../../simulators/line-ads/index.ts';
import { type Bench, bench, exporting, filled, held, inFours, members, sha256, toA1 } from '../support/cli.ts';
import { readStaged, writeStaged } from '../support/staged.ts';

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
    const done = await at.export(['--source', at.write('a.csv', members(3).csv), ...toA1, '--audience-name', 'VIP']);
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
    const folderOf = (runId: string | null) => join(at.directory, 'data', 'runs', runId ?? '');
    /** A run as the previous version left it: with a different first chunk, and without a rules version. */
    const broken = async () => {
      const { run } = await at.export(['--source', source, ...toA1, '--audience-id', id]);
      expect(run.error?.code).toBe('audience_shrinks');
      const chunk = await readStaged(at, run.runId, 'chunk-0001.txt');
      const older = `${'0'.repeat(64)}${chunk.slice(64)}`;
      await writeStaged(at, run.runId, 'chunk-0001.txt', older);
      const journal = readFileSync(join(folderOf(run.runId), 'journal.ndjson'), 'utf8')
        .replace('"rulesVersion":2', '"rulesVersion":1')
        .replace('"rulesVersion":2,', '')
        .replace(/"phonesRepaired":0,"phonesWithLostDigits":0,/, '')
        .replace(sha256(chunk), sha256(older));
      writeFileSync(join(folderOf(run.runId), 'journal.ndjson'), journal);
      return run.runId ?? '';
    };
    const lost = await broken();
    const kept = await broken();

    rmSync(join(folderOf(lost), 'staged'), { recursive: true });
    const { code, run } = await at.export(['--resume', lost, '--max-shrink', '1']);
    expect([code, run.error?.code, run.rulesVersion]).toEqual([1, 'source_changed', 1]);
    expect(run.error?.message).toContain('version 2 of the identifier rules');

    const resumed = await at.export(['--resume', kept, '--max-shrink', '1']);
    expect([resumed.code, resumed.run.rulesVersion]).toEqual([0, 1]);
    expect(held(at.simulator, id)).toHaveLength(4);
    expect(held(at.simulator, id)).toContain('0'.repeat(64));
  });

  test.each<[string, (at: Bench, runId: string, chunk: string) => void | Promise<void>]>([
    [
      'has changed',
      (_at, _runId, chunk) => {
        const bytes = readFileSync(chunk);
        bytes[40]! ^= 1;
        writeFileSync(chunk, bytes);
      },
    ],
    [
      'was written again with its own key',
      async (at, runId) => {
        const lines = await readStaged(at, runId, 'chunk-0002.txt');
        await writeStaged(at, runId, 'chunk-0002.txt', `${'0'.repeat(64)}${lines.slice(64)}`);
      },
    ],
  ])('refuses a staged chunk that %s, as long as LINE does not have all chunks', async (_, spoil) => {
    const { at, id, source, hashes } = await filled();
    at.simulator.addFault({ kind: 'job_failed', nth: 2 });
    const { run } = await at.export(['--source', source, ...toA1, '--audience-id', id, ...inFours]);
    const directory = join(at.directory, 'data', 'runs', run.runId ?? '');
    const chunk = join(directory, 'staged', 'chunk-0002.txt');
    await spoil(at, run.runId ?? '', chunk);
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
  const [first = [], second = []] = [a, b].map(({ csv }, n) => {
    const source = at.write(`both${n}.csv`, csv);
    return exporting(['--source', source, ...toA1, '--audience-id', id, ...inFours]);
  });
  const both = await Promise.all([at.start(first).finished, at.run(second)]);
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  expect([a.hashes, b.hashes]).toContainEqual(held(at.simulator, id));
  expect(at.simulator.inspect().violations).toEqual([]);
});
