/** What the command line loads before it does anything: a help is shown at once, whatever the commands need. */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { directoryOfTest } from '../support/directory.ts';

const root = resolve(import.meta.dirname, '../..');

/** Prints the packages and the files of the program that a process has loaded when it ends. */
const LISTING = `
import { registerHooks } from 'node:module';
const loaded = [];
registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
process.on('exit', () => process.stderr.write(JSON.stringify(loaded)));
`;

function loadedBy(...args: string[]): { packages: string[]; files: string[] } {
  const hook = `data:text/javascript,${encodeURIComponent(LISTING)}`;
  const all = ['--import', hook, 'src/cli/main.ts', ...args];
  const { stderr } = spawnSync(process.execPath, all, { cwd: root, encoding: 'utf8' });
  const urls = (JSON.parse(stderr) as string[]).filter((url) => url.startsWith('file:'));
  const packages = urls.map((url) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1]);
  return {
    packages: [...new Set(packages.filter((name) => name !== undefined))].sort(),
    files: urls.filter((url) => !url.includes('/node_modules/')),
  };
}

/** The parser of the command line, and the tables of its output. */
const OF_EVERY_COMMAND = [
  'ansi-regex',
  'cli-table3',
  'commander',
  'emoji-regex',
  'is-fullwidth-code-point',
  'string-width',
  'strip-ansi',
];

test('the help of the program loads no command', () => {
  const { packages, files } = loadedBy('--help');
  expect(packages).toEqual(OF_EVERY_COMMAND);
  expect(files.length).toBeLessThan(30);
});

test('the help of all commands loads no server, no database, no source and no destination', () => {
  const { packages, files } = loadedBy('man');
  // Some flags have the rules of the API. Only definitions are loaded of the simulators.
  expect(packages).toEqual([...OF_EVERY_COMMAND, 'croner', 'zod'].sort());
  expect(
    files.filter((file) => /\/src\/(?:server|store|use-cases|endpoints|readers|plan|doctor)\//.test(file)),
  ).toEqual([]);
});

test('the version is known before anything is installed', () => {
  const folder = directoryOfTest('version');
  for (const file of ['lineup', 'package.json']) copyFileSync(join(root, file), join(folder, file));
  for (const flag of ['--version', '-V']) {
    const printed = execFileSync(join(folder, 'lineup'), [flag], { encoding: 'utf8', env: { PATH: '/usr/bin:/bin' } });
    expect(printed).toBe(`${packageJson.version}\n`);
  }
});
