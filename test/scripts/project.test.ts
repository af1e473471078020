/** The texts about the project are correct: commands, paths, versions. */
import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const read = (path: string): string => readFileSync(path, 'utf8');
const manifest = JSON.parse(read('package.json')) as {
  scripts: Record<string, string>;
  dependencies: Record<string, string>;
};
const pages = ['CONTRIBUTING.md', 'SECURITY.md', 'README.md', '.github/PULL_REQUEST_TEMPLATE.md'];
const workflows = globSync('.github/workflows/*.yml');

/** `npm test` and `npm start` are commands of npm. */
const commandsIn = (text: string): string[] => [
  ...[...text.matchAll(/\bnpm run (?:--silent )?([a-z][\w:-]*)/g)].map(([, name]) => name!),
  ...[...text.matchAll(/\bnpm (test|start)\b/g)].map(([, name]) => name!),
];

test.each([...pages, ...workflows])('%s names only existing commands', (page) => {
  const names = commandsIn(read(page));
  expect(names.filter((name) => !(name in manifest.scripts))).toEqual([]);
});

test('CONTRIBUTING.md names every command, except those that npm calls automatically', () => {
  const reported = commandsIn(read('CONTRIBUTING.md'));
  const missing = Object.keys(manifest.scripts).filter((name) => !reported.includes(name));
  expect(missing.filter((name) => !/^(pre|post)/.test(name))).toEqual([]);
});

test('.nvmrc names the Node.js that Lineup brings', () => {
  expect(read('.nvmrc').trim()).toBe(manifest.dependencies.node);
});

/** npm leaves these out without a word when its own Node.js is older than they need. Lineup brings a newer one. */
test('every optional library can be installed by the oldest supported Node.js', () => {
  const { packages } = JSON.parse(read('package-lock.json')) as {
    packages: Record<string, { optional?: boolean; engines?: { node?: string } }>;
  };
  const oldest = firstNumber(packages['']?.engines?.node);
  const optional = Object.entries(packages).filter(([, { optional }]) => optional);
  expect(oldest).toBe(20);
  expect(optional.length).toBeGreaterThan(50);
  expect(optional.filter(([, { engines }]) => firstNumber(engines?.node) > oldest).map(([name]) => name)).toEqual([]);
});

/** Of a range of versions, such as `^20.19.0 || >=22`. */
const firstNumber = (range = ''): number => Number(/\d+/.exec(range)?.[0] ?? 0);

test('.editorconfig agrees with the formatter', () => {
  const { formatter } = JSON.parse(read('biome.json')) as {
    formatter: { indentStyle: string; indentWidth: number; lineWidth: number };
  };
  const text = read('.editorconfig');
  expect(text).toContain(`indent_style = ${formatter.indentStyle}\n`);
  expect(text).toContain(`indent_size = ${formatter.indentWidth}\n`);
  expect(text).toContain(`max_line_length = ${formatter.lineWidth}\n`);
});

test.each(globSync('.github/ISSUE_TEMPLATE/[!c]*.yml'))('%s is a form', (path) => {
  const form = parse(read(path)) as { name: string; description: string; body: { type: string }[] };
  expect(form).toMatchObject({ name: expect.any(String), description: expect.any(String) });
  const kinds = ['markdown', 'textarea', 'input', 'dropdown', 'checkboxes'];
  expect(form.body.filter(({ type }) => !kinds.includes(type))).toEqual([]);
});
