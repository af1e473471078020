/** Follows docs/new-source.md in a copy of the project, from the first file to the last command. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/new-source.md'), 'utf8');
const copy = mkdtempSync(join(tmpdir(), 'lineup-new-source-'));
afterAll(() => rmSync(copy, { recursive: true }));

const read = (name: string): string => readFileSync(join(copy, name), 'utf8');
const write = (name: string, text: string): void => {
  mkdirSync(dirname(join(copy, name)), { recursive: true });
  writeFileSync(join(copy, name), text);
};

/** The whole files of the page, by their name. */
const files = [...page.matchAll(/^```(?:ts|md)\n(?:\/\/|<!--) (\S+sqlite\S+)(?: -->)?\n(.*?)^```$/gms)].map(
  ([, name, text]) => [name!, text!] as const,
);
const [imported, entry, kind] = [...page.matchAll(/^```ts\n(?!\/\/)(.*?)^```$/gms)].map(([, text]) => text!);

function run(program: string, args: readonly string[], environment: Record<string, string> = {}) {
  const { PATH = '', HOME = '', NODE_COMPILE_CACHE = '' } = process.env;
  const ran = spawnSync(program, args, {
    cwd: copy,
    encoding: 'utf8',
    env: { PATH, HOME, NODE_COMPILE_CACHE, NO_COLOR: '1', ...environment },
  });
  return { status: ran.status, output: `${ran.stdout}${ran.stderr}` };
}

beforeAll(() => {
  const folders = [
    'src',
    'packages',
    'simulators',
    'fault-simulation',
    'migrations',
    'locales',
    'docs',
    'test',
    'scripts',
  ];
  for (const folder of [...folders, 'web', 'package.json', 'tsconfig.json', 'vitest.config.ts', 'lineup'])
    cpSync(join(root, folder), join(copy, folder), { recursive: true, verbatimSymlinks: true });
  for (const folder of ['node_modules', 'build']) symlinkSync(join(root, folder), join(copy, folder));

  for (const [name, text] of files) write(name, text);
  const registry = read('src/contracts/providers/index.ts');
  write(
    'src/contracts/providers/index.ts',
    registry
      .replace("import { snowflake } from './snowflake.ts';\n", (line) => line + imported)
      .replace(/^ {2}snowflake,\n/m, (line) => `${line}  ${entry!.trim()}\n`),
  );
  write(
    'src/sources/kinds.ts',
    read('src/sources/kinds.ts').replace(/sourceKinds: .* = \[\n/, (line) => line + kind),
  );
  expect(run('node', ['scripts/messages/main.ts'])).toMatchObject({ status: 0 });
  // The translator's work.
  const english = JSON.parse(read('locales/en/server.json')) as Record<string, string>;
  for (const language of ['id', 'ja', 'th', 'zh-TW']) {
    const known = JSON.parse(read(`locales/${language}/server.json`)) as Record<string, string>;
    const all = Object.keys(english).map((key) => [key, known[key] ?? english[key]]);
    write(`locales/${language}/server.json`, `${JSON.stringify(Object.fromEntries(all), null, 2)}\n`);
  }
});

test('the page names every file that it writes', () => {
  const table = page.slice(0, page.indexOf('## 1.'));
  expect(files.map(([name]) => name)).toHaveLength(5);
  for (const [name] of files) expect(table).toContain(`| \`${name}\` |`);
});

test('the types are correct', () => {
  const sources = files.map(([name]) => name).filter((name) => name.endsWith('.ts'));
  write('tsconfig.page.json', JSON.stringify({ extends: './tsconfig.json', include: [], files: sources }));
  expect(run('tsc', ['--noEmit', '-p', 'tsconfig.page.json'])).toEqual({ status: 0, output: '' });
});

describe('what the page runs', () => {
  const [, tests = '', fields = ''] = /```sh\nnpm test -- (.*)\n(.*)\n```/.exec(page) ?? [];

  test('passes: the contract, and the tests that compare it with forms, pages and languages', () => {
    const more = ['test/domain/values/control-characters.test.ts'];
    const { status, output } = run('vitest', ['run', ...tests.split(' '), ...more]);
    expect(status, output.slice(-4_000)).toBe(0);
    expect(output).toMatch(/✓ .*sqlite\.test\.ts/);
  }, 300_000);

  test('shows the fields of a table', () => {
    const database = new DatabaseSync(join(copy, 'shop.db'));
    database.exec("CREATE TABLE members (email TEXT); INSERT INTO members VALUES ('taro@example.com')");
    database.close();
    const [variable = '', , ...args] = fields.split(' ');
    const environment = Object.fromEntries([variable.split('=')]) as Record<string, string>;
    const shown = run('node', ['src/cli/main.ts', ...args], environment);
    expect(shown).toMatchObject({ status: 0, output: expect.stringContaining('1  t***@e***.com') });
  });
});
