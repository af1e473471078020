/** Output that nobody reads, or that finds no room, changes nothing of what a command does and how it ends. */
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Bench, bench, exporting, held, members, toVip } from '../support/cli.ts';
import { needs } from '../support/skip.ts';

const source = (at: Bench, count: number): string[] => [
  '--source',
  at.write('members.csv', members(count).csv),
];

test.each([['as a table'], ['as JSON', '--json']])(
  'a reader of stdout that is gone: %s',
  async (_, ...json) => {
    const at = await bench();
    const { child, finished } = at.start(['export', ...source(at, 0), ...toVip, ...json]);
    child.stdout?.destroy();
    const { code, stderr } = await finished;
    expect([code, stderr]).toEqual([3, expect.stringContaining('no members')]);
  },
);

test('a reader of stderr that is gone does not end the upload', async () => {
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
test('a disk that is full of results is told in a sentence', needsFullDisk, async () => {
  const at = await bench();
  const { code, stderr } = await at.start(exporting([...source(at, 3), ...toVip]), { stdout: '/dev/full' })
    .finished;
  expect([code, stderr]).toEqual([
    1,
    expect.stringContaining('could not be written to standard output (ENOSPC)'),
  ]);
  expect(stderr).not.toContain('    at ');
});
