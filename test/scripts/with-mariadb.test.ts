/** The script that starts MariaDB for the tests, with programs that stand for it. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const script = resolve(import.meta.dirname, '../../scripts/with-mariadb.sh');

function run(environment: Record<string, string>) {
  const { status, stdout, stderr } = spawnSync(script, ['echo', 'the command runs'], {
    encoding: 'utf8',
    env: { ...process.env, LINEUP_TEST_MARIADB_URL: '', CI: '', ...environment },
  });
  return { status, stdout: stdout.trim(), stderr };
}

/** A folder that everybody may read, for the owner of the server. */
function folder(programs: Readonly<Record<string, string>> = {}): string {
  const path = mkdtempSync(join(tmpdir(), 'lineup-programs-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  for (const [name, text] of Object.entries(programs))
    writeFileSync(join(path, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  chmodSync(path, 0o755);
  return path;
}

test.each([
  ['could not be set up', 'exit 1', 'exit 0'],
  ['did not start', 'exit 0', 'exit 1'],
])('a server that is installed, but %s, is an error', (says, setUp, server) => {
  const programs = folder({ 'mariadb-install-db': setUp, mariadbd: server });
  const home = folder();
  const outcome = run({ PATH: `${programs}:${process.env.PATH}`, TMPDIR: home });
  expect(outcome).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining(says) });
  expect(readdirSync(home)).toEqual([]);
});

test('another server is used by its socket, and refused without one', () => {
  const url = 'mysql://root@localhost/';
  expect(run({ LINEUP_TEST_MARIADB_URL: url })).toMatchObject({
    status: 1,
    stdout: '',
    stderr: expect.stringContaining('has no socket'),
  });
  for (const parameters of ['?socket=%2Ftmp%2Fx', '?connect_timeout=9&socket=%2Ftmp%2Fx'])
    expect(run({ LINEUP_TEST_MARIADB_URL: url + parameters }).stdout).toBe('the command runs');
});
