/** The same folder gives the same tar file, and other programs read it. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { packFolder } from '../../scripts/archive/tar.ts';
import { directoryOfTest } from '../support/directory.ts';

const long = `${'folder/'.repeat(20)}${'f'.repeat(90)}.js`;
const files: Record<string, string> = {
  'b.txt': 'b',
  'a/run': '#!/bin/sh\n',
  'a.txt': 'x'.repeat(1_000),
  'block.txt': 'x'.repeat(512),
  empty: '',
  [long]: 'long',
};

/** @param order of writing, which a folder keeps */
async function packed(order: (names: string[]) => string[], time: number): Promise<string> {
  const directory = directoryOfTest('tar');
  const folder = join(directory, 'sample');
  for (const path of order(Object.keys(files))) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    // Only one permission is the same for everybody: whether it is a program.
    const mode = path === 'a/run' ? 0o700 : 0o600 + (time % 2) * 0o44;
    writeFileSync(join(folder, path), files[path]!, { mode });
    utimesSync(join(folder, path), time, time);
  }
  const file = join(directory, 'sample.tar.gz');
  await packFolder(folder, file, { time: 1_700_000_000, level: 6 });
  return file;
}

test('two folders with the same content give the same bytes', async () => {
  const first = await packed((names) => names, 1_600_000_000);
  const other = await packed((names) => names.toReversed(), 1_650_000_001);
  expect(readFileSync(first).equals(readFileSync(other))).toBe(true);
});

test('tar unpacks what was packed, with the owner, the time and the permissions of a release', async () => {
  const file = await packed((names) => names, 1_600_000_000);
  const directory = directoryOfTest('untar');
  execFileSync('tar', ['-xzf', file, '-C', directory]);
  for (const [path, text] of Object.entries(files)) {
    expect(readFileSync(join(directory, 'sample', path), 'utf8')).toBe(text);
  }
  const names = execFileSync('tar', ['-tzf', file], { encoding: 'utf8' }).trim().split('\n');
  const sorted = names.map((name) => name.replace(/\/$/, ''));
  expect(sorted).toEqual(sorted.toSorted());
  const list = execFileSync('tar', ['-tvzf', file, '--numeric-owner', '--utc'], { encoding: 'utf8' });
  const lines = list.trim().split('\n');
  expect(lines.filter((line) => !/^(drwxr-xr-x|-rw[x-]r-[x-]r-[x-]) 0\/0 +\d+ 2023-11-14 22:13 /.test(line))).toEqual(
    [],
  );
  expect(lines.filter((line) => line.startsWith('-rwxr-xr-x')).map((line) => line.replace(/.* /, ''))).toEqual([
    'sample/a/run',
  ]);
});

test('a name that no tar file can hold is refused', async () => {
  const directory = directoryOfTest('long');
  const folder = join(directory, 'sample');
  const name = join(folder, 'f'.repeat(120));
  mkdirSync(folder);
  writeFileSync(name, '');
  await expect(packFolder(folder, join(directory, 'a.tar.gz'), { time: 0, level: 1 })).rejects.toThrow('Too long');
});
