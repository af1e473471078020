/** A crash writes no secrets to a file. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { needs } from '../support/skip.ts';

test('the launcher switches core dumps off for everything that it starts', () => {
  const root = mkdtempSync(join(tmpdir(), 'lineup-launcher-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  cpSync('lineup', join(root, 'lineup'));
  const bin = join(root, 'node_modules/node/bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'node'), '#!/bin/sh\nulimit -c\n', { mode: 0o755 });
  const started = spawnSync('sh', ['-c', 'ulimit -S -c "$(ulimit -H -c)"; exec "$0"/lineup version', root], {
    encoding: 'utf8',
  });
  expect(started).toMatchObject({ status: 0, stdout: '0\n' });
});

test(
  'a process leaves its memory out of core dumps, whoever starts it',
  needs(process.platform === 'linux', 'only Linux has core filters'),
  () => {
    const atEnd = `import { readFileSync } from 'node:fs';
    process.on('exit', () => process.stderr.write(readFileSync('/proc/self/coredump_filter', 'utf8')));`;
    const started = spawnSync(
      process.execPath,
      ['--import', `data:text/javascript,${encodeURIComponent(atEnd)}`, 'src/cli/main.ts', '--version'],
      { encoding: 'utf8' },
    );
    expect(started).toMatchObject({ status: 0, stderr: '00000000\n' });
  },
);
