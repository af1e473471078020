/** Nobody else reads what a command or the service writes, whatever the shell's umask and the directories that were there. */
import { chmodSync, lstatSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Bench, bench, exporting, members, toVip } from '../support/cli.ts';
import { until } from '../support/service-bench.ts';

/** A shell that takes no right from anybody. */
const under = ['sh', '-c', 'umask 000; exec "$@"', 'sh'];

function openDirectory(path: string, mode: number): void {
  mkdirSync(path, { recursive: true });
  chmodSync(path, mode);
}

/** What group and others could do something with, by path and mode. */
function openToOthers(directory: string): string[] {
  const names = ['', ...readdirSync(directory, { recursive: true, encoding: 'utf8' })];
  expect(names.length).toBeGreaterThan(3);
  return names.flatMap((name) => {
    const { mode } = lstatSync(join(directory, name));
    return (mode & 0o077) === 0 ? [] : [`${name} ${(mode & 0o777).toString(8)}`];
  });
}

const dataOf = ({ directory }: Bench) => join(directory, 'data');

test.each([undefined, 0o755, 0o777])('an export into a data directory of mode %o', async (mode) => {
  const at = await bench();
  if (mode !== undefined) {
    openDirectory(dataOf(at), mode);
    openDirectory(join(dataOf(at), 'limits'), mode);
    writeFileSync(join(dataOf(at), 'limits', 'older.lock'), '');
    chmodSync(join(dataOf(at), 'limits', 'older.lock'), 0o666);
  }
  const source = at.write('members.csv', members(50).csv);
  const { code, stderr } = await at.start(exporting(['--source', source, ...toVip]), { under }).finished;
  expect(code).toBe(0);
  expect(openToOthers(dataOf(at))).toEqual([]);
  if (mode === undefined) expect(stderr).not.toContain('was open to other users');
  else
    expect(stderr).toContain(
      `${dataOf(at)} was open to other users of this machine (mode 0${mode.toString(8)})`,
    );
});

test('the service, with its database, key and uploads', async () => {
  const at = await bench();
  const uploads = join(at.directory, 'uploads');
  openDirectory(dataOf(at), 0o777);
  openDirectory(uploads, 0o755);
  const { child, finished } = at.start(['serve', '--port', '0', '--json'], {
    under,
    environment: { LINEUP_UPLOADS_DIR: uploads },
  });
  let started = '';
  child.stdout?.on('data', (piece) => {
    started += piece;
  });
  await until(
    async () => started,
    (text) => text.includes('"url"'),
    100_000,
  );
  expect(openToOthers(dataOf(at))).toEqual([]);
  expect(lstatSync(uploads).mode & 0o777).toBe(0o700);
  child.kill('SIGTERM');
  const { stderr } = await finished;
  for (const directory of [dataOf(at), uploads]) {
    expect(stderr).toContain(`${directory} was open to other users of this machine`);
  }
  // And the backup that is made of it.
  const file = join(at.directory, 'backup.tar.gz');
  chmodSync(dataOf(at), 0o755);
  const backup = await at.start(['backup', file], { under }).finished;
  expect([backup.code, backup.stderr]).toEqual([0, expect.stringContaining('was open to other users')]);
  expect(lstatSync(file).mode & 0o777).toBe(0o600);
  expect(openToOthers(dataOf(at))).toEqual([]);
}, 180_000);
