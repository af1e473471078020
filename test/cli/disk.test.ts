/** The disk fills up during a run. No data is lost, and the run continues when there is space again. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { bench, exporting, held, members, runOf } from '../support/cli.ts';

/**
 * A limit on the size of files, in units of 512 bytes. Like a full disk, it writes the first part of data that does not
 * fit.
 */
const limited = (blocks: number): string[] => ['sh', '-c', `ulimit -f ${blocks}; exec "$@"`, 'sh'];

test('if the journal cannot be written, the run ends with its id and how to continue', async () => {
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

test('an event that was only half written does not damage the later events of the journal', async () => {
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

test('a manifest that does not fit is reported as a full disk, and no chunk file stays without it', async () => {
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

test('the file of LINE’s limits, which all commands share, does not fit, or is damaged', async () => {
  const at = await bench();
  const list = ['audiences', 'list', '--ad-account', 'A1'];
  const full = await at.start(list, { under: limited(8) }).finished;
  expect([full.code, full.stderr]).toEqual([1, expect.stringMatching(/requests\.db .*disk is full/)]);
  at.write('data/limits/requests.db', 'SQLite format 3 it is not. '.repeat(100));
  const damaged = await at.run(list);
  const expected = expect.stringMatching(/requests\.db is damaged.*Delete it/);
  expect([damaged.code, damaged.stderr]).toEqual([1, expected]);
  expect(full.stderr + damaged.stderr).not.toContain('an internal error');
});
