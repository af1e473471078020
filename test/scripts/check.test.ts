/** `npm run check` and the hook that runs it before a commit, in a repository of its own. */
import { readFileSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { partsOf } from '../../scripts/check/parts.ts';
import { type Outcome, type Repository, repository } from './repository.ts';

const libraries = resolve(import.meta.dirname, '../../node_modules');
const sound = 'export const size = 3;\n';
const unformatted = 'export const   size = 3\n';

const tsconfig = `{
  "compilerOptions": {
    "noEmit": true,
    "strict": true,
    "module": "nodenext",
    "types": [],
    "allowImportingTsExtensions": true
  },
  "include": ["src"]
}
`;

/** A small project with this one's checks, switched on as CONTRIBUTING.md says. */
function project(): Repository {
  const at = repository({
    'scripts/check': null,
    'scripts/hooks': null,
    'scripts/check-regular-expressions.ts': null,
    'scripts/syntax-tree.ts': null,
    'biome.json': null,
    'package.json': '{\n  "name": "sample",\n  "type": "module"\n}\n',
    'knip.json': '{ "entry": ["src/main.ts"], "project": ["src/**"] }\n',
    'tsconfig.json': tsconfig,
    '.gitignore': 'node_modules\nbuild/\n',
    'src/size.ts': sound,
    'src/main.ts': "import { size } from './size.ts';\n\nexport const half: number = size / 2;\n",
  });
  symlinkSync(libraries, join(at.directory, 'node_modules'));
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: { hooks: string } };
  expect(at.run(['sh', '-c', scripts.hooks]).status).toBe(0);
  return at;
}

const commit = (at: Repository): Outcome => at.run(['git', 'commit', '--quiet', '-m', 'Change']);
const words = ({ stdout, stderr }: Outcome): string => stdout + stderr;

describe('the hook', () => {
  test('lets a sound change pass, whatever else lies in the work tree', () => {
    const at = project();
    at.write('src/size.ts', 'export const size = 4;\n');
    at.git('add', 'src/size.ts');
    at.write('src/size.ts', unformatted);
    at.write('src/other file.ts', 'not a program at all');
    const outcome = commit(at);
    expect([outcome.status, words(outcome)]).toEqual([0, expect.stringContaining('passed in')]);
    expect(at.git('show', 'HEAD:src/size.ts')).toBe('export const size = 4;');
    expect(readFileSync(join(at.directory, 'src/size.ts'), 'utf8')).toBe(unformatted);
    expect(at.git('status', '--porcelain')).toContain('src/size.ts');
  });

  test('refuses what is staged, though the work tree is sound: also what breaks a file that did not change', () => {
    const at = project();
    const before = at.git('rev-parse', 'HEAD');
    at.write('src/size.ts', "export const   size = 'three'\n");
    at.git('add', '--all');
    at.write('src/size.ts', sound);
    const outcome = commit(at);
    expect(outcome.status).not.toBe(0);
    expect(words(outcome)).toContain('✗ style (exit 1)');
    expect(words(outcome)).toContain('src/size.ts');
    expect(words(outcome)).toContain('✗ types of everything but the web app');
    expect(words(outcome)).toContain('src/main.ts');
    expect(words(outcome)).toContain('check: 2 of 4 failed');
    expect(at.git('rev-parse', 'HEAD')).toBe(before);
  });

  test('refuses a change that only deletes what others need', () => {
    const at = project();
    at.git('rm', '--quiet', 'src/size.ts');
    const outcome = commit(at);
    expect(outcome.status).not.toBe(0);
    expect(words(outcome)).toContain("Cannot find module './size.ts'");
  });

  test('asks nothing of a text', () => {
    const at = project();
    at.write('notes with spaces.txt', 'Some words.\n');
    at.git('add', '--all');
    const outcome = commit(at);
    expect([outcome.status, words(outcome)]).toEqual([0, expect.stringMatching(/^✓ style/)]);
    expect(words(outcome)).toContain('check: 1 of 1 passed');
  });
});

test('the whole check tells every part that fails, and ends with 1', () => {
  const at = project();
  const check = (): Outcome => at.run([process.execPath, 'scripts/check/main.ts']);
  const first = check();
  expect([first.status, words(first)]).toEqual([0, expect.stringContaining('4 of 4 passed')]);
  at.write('src/size.ts', 'export const   size = 3\nexport const unused = /(a|a)*$/.test(3);\n');
  const outcome = check();
  expect(outcome.status).toBe(1);
  for (const part of ['style', 'types of everything but the web app', 'regular expressions', 'unused code']) {
    expect(words(outcome)).toContain(`✗ ${part}`);
  }
});

describe('which parts a change needs', () => {
  const projects = ['tsconfig.json', 'packages/line-ads/tsconfig.json', 'web/tsconfig.json'];
  const names = (...files: string[]): string[] =>
    partsOf({ projects, changed: { all: files, present: files } }).map(({ name }) => name);
  const everything = 'types of everything but the web app';

  test.each<[string, string[], string[]]>([
    [
      'a page',
      ['web/pages/a.tsx'],
      ['types of web', 'style', 'unused code and dependencies', 'regular expressions'],
    ],
    ['a text', ['docs/a.md'], ['style']],
    ['a test', ['test/a.test.ts'], [everything, 'style', 'unused code and dependencies']],
    [
      'a contract, which the web app reads too',
      ['src/contracts/a.ts'],
      [everything, 'types of web', 'style', 'unused code and dependencies', 'regular expressions'],
    ],
    ['a message catalogue', ['locales/ja/web.json'], [everything, 'types of web', 'style']],
    [
      'a part that is a package',
      ['packages/line-ads/src/a.ts'],
      [
        everything,
        'types of packages/line-ads',
        'style',
        'unused code and dependencies',
        'regular expressions',
      ],
    ],
  ])('%s', (_, files, parts) => {
    expect(names(...files)).toEqual(parts);
  });

  test.each(['package-lock.json', 'tsconfig.json', 'biome.json'])('all of them for %s', (file) => {
    expect(names(file)).toEqual(partsOf({ projects }).map(({ name }) => name));
  });

  test('a file that was deleted is looked at by nobody, and missed by the types', () => {
    const parts = partsOf({ projects, changed: { all: ['src/a.ts'], present: [] } });
    expect(parts.map(({ name }) => name)).toEqual([everything, 'unused code and dependencies']);
  });
});
