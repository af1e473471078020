/** The output of a command can be copied, and cannot control the terminal. */
import { execFile } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { bench, held, members, toVip } from '../support/cli.ts';

const launcher = resolve(import.meta.dirname, '../../lineup');
test('the command to continue can be pasted unchanged, whatever the path of Lineup', async () => {
  const at = await bench();
  const { csv, hashes } = members(3);
  mkdirSync(join(at.directory, "Hana's tools"));
  const called = join(at.directory, "Hana's tools", 'lineup');
  symlinkSync(launcher, called);
  at.simulator.addFault({ kind: 'job_failed' });
  const env = at.environment;
  const failed = await promisify(execFile)(
    called,
    ['export', '--source', at.write('members.csv', csv), ...toVip, '--poll-interval', '50', '--json'],
    { env },
  ).catch((error: { stdout: string }) => error);
  const { resume } = JSON.parse(failed.stdout).error;
  const { stdout } = await promisify(execFile)('sh', ['-c', `${resume} --poll-interval 50 --json`], { env });
  expect(held(at.simulator, JSON.parse(stdout).audience.id)).toEqual(hashes);
});

test('names from outside cannot move the cursor or change colours', async () => {
  const at = await bench();
  const source = at.write('a\u001b[31mb\u0007.csv', members(3).csv);
  const { code, stdout } = await at.run(['export', '--source', source, ...toVip, '--poll-interval', '50']);
  expect([code, stdout]).toEqual([0, expect.stringContaining('ab.csv')]);
  expect(stdout).not.toContain('\u001b');
});
