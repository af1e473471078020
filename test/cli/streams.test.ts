/** Closed or full output streams do not change what a command does and how it ends. */
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Bench, bench, exporting, held, members, toVip } from '../support/cli.ts';
import { needs } from '../support/skip.ts';

const source = (at: Bench, count: number): string[] => ['--source', at.write('members.csv', members(count).csv)];

test.each([['as a table'], ['as JSON', '--json']])('a closed stdout does not matter: %s', async (_, ...json) => {
  const at = await bench();
  const { child, finished } = at.start(['export', ...source(at, 0), ...toVip, ...json]);
  child.stdout?.destroy();
  const { code, stderr } = await finished;
  expect([code, stderr]).toEqual([3, expect.stringContaining('no members')]);
});

test('a closed stderr does not end the upload', async () => {
  const at = await bench();
  const { child, finished } = at.start([
    'export',
    ...source(at, 10),
    ...toVip,
    '--chunk-records',
    '4',
    '--poll-interval',
    '50',
  ]);
  child.stderr?.destroy();
  const { code, stdout } = await finished;
  expect([code, stdout]).toEqual([0, expect.stringContaining('Created and filled')]);
  const { id = '' } = at.simulator.inspect().audiences.find(({ name }) => name === 'VIP') ?? {};
  expect(held(at.simulator, id)).toEqual(members(10).hashes);
});

const needsFullDisk = needs(existsSync('/dev/full'), 'there is no /dev/full');
test('a disk that is too full for the output is reported in one sentence', needsFullDisk, async () => {
  const at = await bench();
  const { code, stderr } = await at.start(exporting([...source(at, 3), ...toVip]), { stdout: '/dev/full' }).finished;
  expect([code, stderr]).toEqual([1, expect.stringContaining('could not be written to standard output (ENOSPC)')]);
  expect(stderr).not.toContain('    at ');
});
