/**
 * Other users cannot read the files of a command, whatever the shell’s umask and existing directories allow.
 * serve.test.ts tests the same for the service, with its database, key and uploads.
 */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Bench, bench, exporting, members, toVip } from '../support/cli.ts';
import { openDirectory, openToOthers, openShell as under } from '../support/modes.ts';

const dataOf = ({ directory }: Bench) => join(directory, 'data');

test.each([undefined, 0o777])('an export into a data directory of mode %o is private', async (mode) => {
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
  if (mode === undefined) expect(stderr).not.toContain('Other users of this machine could open');
  else expect(stderr).toContain(`Other users of this machine could open ${dataOf(at)} (mode 0${mode.toString(8)})`);
});
