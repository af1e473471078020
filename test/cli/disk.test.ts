/** A disk that fills up while a run goes on: nothing is lost, and the run goes on when there is room again. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { type Bench, bench, exporting, held, members, runOf } from '../support/cli.ts';

/**
 * A limit on the size of files, in half kilobytes: like a full disk, it takes the beginning of what no longer fits.
 */
const limited = (blocks: number): string[] => ['sh', '-c', `ulimit -f ${blocks}; exec "$@"`, 'sh'];

test('a journal that takes no more ends the run with its id and how to go on', async () => {
  const at = await bench();
  const { csv, hashes } = members(20);
  const args = ['--field', 'email', '--identifier-type', 'email', '--ad-account', 'A1', '--audience-name'];
  const source = at.write('members.csv', csv);
  const command = exporting(['--source', source, ...args, 'VIP', '--chunk-records', '1']);
  const finished = await at.start(command, { under: limited(24) }).finished;
  const { code, stderr } = finished;
  const run = runOf(finished);
  expect(stderr).toContain('is full. Free some space');
  expect([code, run.status, run.error]).toEqual([
    1,
    'failed',
    expect.objectContaining({ code: 'disk_full', resume: expect.stringContaining(`--resume ${run.runId}`) }),
  ]);
  const resumed = await at.export(['--resume', run.runId ?? '']);
  expect([resumed.code, resumed.run.counts?.uploaded]).toEqual([0, 20]);
  expect(held(at.simulator, resumed.run.audience?.id ?? '')).toEqual(hashes);
  expect(at.simulator.inspect().violations).toEqual([]);
});

test('half of an event that found no room does not spoil the journal for those that do', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'lineup-disk-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const [command = '', ...args] = [
    ...limited(8),
    process.execPath,
    resolve(import.meta.dirname, '../support/fill-journal-main.ts'),
  ];
  const { stdout } = await promisify(execFile)(command, [...args, directory]);
  expect(JSON.parse(stdout)).toEqual({ refused: 'disk_full', status: 'failed', staged: null });
});

test('a manifest that finds no room is told as a full disk, and no chunk is left without it', async () => {
  const at = await bench();
  const out = join(at.directory, 'out');
  const source = at.write('members.csv', members(2).csv);
  const { code, stderr } = await at.start(
    ['prepare', '--source', source, '--field', 'email', '--identifier-type', 'email', '--out', out],
    { under: limited(1) },
  ).finished;
  expect([code, stderr]).toEqual([1, expect.stringContaining(`staged chunks in ${out}`)]);
  expect(readdirSync(out)).toEqual([]);
});

test.each<[string, number, RegExp, (at: Bench) => void]>([
  ['finds no room', 8, /requests\.db .*no room/, () => {}],
  [
    'is damaged',
    48,
    /requests\.db is damaged.*remove it/,
    (at) => {
      mkdirSync(join(at.directory, 'data/limits'), { recursive: true });
      at.write('data/limits/requests.db', 'SQLite format 3 it is not. '.repeat(100));
    },
  ],
])('what the commands share of LINE’s limits %s', async (_, blocks, expected, prepare) => {
  const at = await bench();
  prepare(at);
  const list = ['audiences', 'list', '--ad-account', 'A1'];
  const { code, stderr } = await at.start(list, { under: limited(blocks) }).finished;
  expect([code, stderr]).toEqual([1, expect.stringMatching(expected)]);
  expect(stderr).not.toContain('a fault of its own');
});
