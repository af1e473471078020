/** `npm run check` and the hook that runs it before a commit, in a repository made for the test. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findViolations, readGraph } from '../../scripts/architecture/graph.ts';
import { partsOf } from '../../scripts/check/parts.ts';
import { directoryOfTest } from '../support/directory.ts';
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

/** A small project with the checks of this one, enabled as CONTRIBUTING.md describes. */
function project(): Repository {
  const at = repository({
    'scripts/check': null,
    'scripts/hooks': null,
    'scripts/architecture': null,
    'scripts/check-regular-expressions.ts': null,
    'scripts/syntax-tree.ts': null,
    // Comments of the copied scripts cite files that this project does not have. wording.test.ts tests this part.
    'scripts/wording/main.ts': '',
    'biome.json': null,
    'package.json': '{\n  "name": "sample",\n  "type": "module"\n}\n',
    'knip.json': '{ "entry": ["src/cli/main.ts"], "project": ["src/**"] }\n',
    'tsconfig.json': tsconfig,
    '.gitignore': 'node_modules\nbuild/\n',
    'ARCHITECTURE.md': '<!-- layers -->\n<!-- /layers -->\n',
    'src/plan/size.ts': sound,
    'src/cli/main.ts': "import { size } from '../plan/size.ts';\n\nexport const half: number = size / 2;\n",
  });
  symlinkSync(libraries, join(at.directory, 'node_modules'));
  expect(at.run([process.execPath, 'scripts/architecture/main.ts', 'draw']).status).toBe(0);
  at.git('commit', '--quiet', '--all', '-m', 'Draw');
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: { hooks: string } };
  expect(at.run(['sh', '-c', scripts.hooks]).status).toBe(0);
  return at;
}

const commit = (at: Repository): Outcome => at.run(['git', 'commit', '--quiet', '-m', 'Change']);
const words = ({ stdout, stderr }: Outcome): string => stdout + stderr;

/** Brings everything back to the last commit. */
function restore(at: Repository): void {
  at.git('reset', '--quiet', '--hard');
  at.git('clean', '--quiet', '--force', '-d');
}

test('the hook checks the staged files, whatever is in the work tree: it accepts a correct change, and refuses a wrong one, also if it only breaks an unchanged file', () => {
  const at = project();
  at.write('notes with spaces.txt', 'Some words.\n');
  at.git('add', '--all');
  const text = commit(at);
  expect([text.status, words(text)]).toEqual([0, expect.stringMatching(/^✓ style/m)]);
  expect(words(text)).toContain('check: 2 of 2 passed');

  at.write('src/plan/size.ts', 'export const size = 4;\n');
  at.git('add', 'src/plan/size.ts');
  at.write('src/plan/size.ts', unformatted);
  at.write('src/cli/other file.ts', 'not a program at all');
  const code = commit(at);
  expect([code.status, words(code)]).toEqual([0, expect.stringContaining('6 of 6 passed in')]);
  expect(at.git('show', 'HEAD:src/plan/size.ts')).toBe('export const size = 4;');
  expect(readFileSync(join(at.directory, 'src/plan/size.ts'), 'utf8')).toBe(unformatted);
  expect(at.git('status', '--porcelain')).toContain('src/plan/size.ts');

  // The only source in it is deleted, and its importer is not in it. The work tree has everything.
  restore(at);
  const before = at.git('rev-parse', 'HEAD');
  at.git('rm', '--quiet', 'src/plan/size.ts');
  at.write('src/plan/sizes.json', '{"size":3}');
  at.git('add', '--all');
  at.write('src/plan/size.ts', sound);
  at.write('src/plan/sizes.json', '{ "size": 3 }\n');
  const wrong = commit(at);
  expect(wrong.status).not.toBe(0);
  expect(words(wrong)).toContain('✗ style (exit 1)');
  expect(words(wrong)).toContain('src/plan/sizes.json');
  expect(words(wrong)).toContain('✗ types of everything but the web app');
  expect(words(wrong)).toContain('src/cli/main.ts');
  expect(words(wrong)).toContain("Cannot find module '../plan/size.ts'");
  // Without its import, the picture differs from the source.
  expect(words(wrong)).toContain('main.ts draw');
  expect(words(wrong)).toContain('check: 4 of 5 failed');
  expect(at.git('rev-parse', 'HEAD')).toBe(before);

  // The full check looks at the work tree. It names every part that fails, and exits with 1.
  restore(at);
  at.write('src/plan/size.ts', 'export const   size = 3\nexport const unused = /(a|a)*$/.test(3);\n');
  const all = at.run([process.execPath, 'scripts/check/main.ts']);
  expect(all.status).toBe(1);
  for (const part of ['style', 'types of everything but the web app', 'regular expressions', 'unused code']) {
    expect(words(all)).toContain(`✗ ${part}`);
  }
  expect(words(all)).toContain('check: 4 of 6 failed');
});

test('the check of the architecture refuses a forbidden import, a cycle, and a folder without a layer', async () => {
  const first = await violations({
    'src/cli/main.ts': "import { size } from '../plan/size.ts';\n\nexport const half: number = size / 2;\n",
    'src/plan/size.ts': "import { half } from '../cli/main.ts';\n\nexport const size: number = half;\n",
    'src/attic/old.ts': sound,
  });
  expect(first).toEqual(
    expect.arrayContaining([
      'imports-of-plan: src/plan/size.ts → src/cli/main.ts',
      expect.stringContaining('no-import-cycles: src/'),
      expect.stringContaining('"attic" has no place in scripts/architecture/layers.ts'),
    ]),
  );

  // The web app may import only types of endpoints, and the service opens no source.
  const endpoint = {
    'src/endpoints/jobs.ts': 'export type Id = string;\nexport const id = 1;\n',
    'src/sources/files/open.ts': sound,
    'src/compose/service.ts': "export * from '../use-cases/index.ts';\n",
  };
  const good = await violations({
    ...endpoint,
    'web/main.tsx': "import type { Id } from '../src/endpoints/jobs.ts';\n\nexport const one: Id = '1';\n",
    'src/use-cases/index.ts': "export type { size } from '../sources/files/open.ts';\n",
  });
  expect(good).toEqual([]);
  const bad = await violations({
    ...endpoint,
    'web/main.tsx': "export { id } from '../src/endpoints/jobs.ts';\n",
    'src/use-cases/index.ts': "export { size } from '../sources/files/open.ts';\n",
  });
  expect(bad).toEqual([
    expect.stringContaining('web-knows-endpoints-by-types-alone'),
    expect.stringContaining('the service reaches src/sources/files/open.ts'),
  ]);

  // Pages do not import pages.
  const pages = await violations({
    'web/router.tsx': "export const page = () => import('./pages/jobs/list.tsx');\n",
    'web/pages/jobs/list.tsx': "export * from './parts/row.tsx';\nexport type { Id } from '../runs/list.tsx';\n",
    'web/pages/jobs/parts/row.tsx': "export const row = () => import('../../runs/list.tsx');\n",
    'web/pages/runs/list.tsx': 'export type Id = string;\n',
    'web/lib/size.ts': "export type { Id } from '../pages/runs/list.tsx';\n",
  });
  expect(pages.toSorted()).toEqual([
    'pages-do-not-import-pages: web/lib/size.ts → web/pages/runs/list.tsx',
    'pages-do-not-import-pages: web/pages/jobs/list.tsx → web/pages/runs/list.tsx',
    'pages-do-not-import-pages: web/pages/jobs/parts/row.tsx → web/pages/runs/list.tsx',
  ]);
});

test('the fault simulation may import every layer, and no layer may import it', async () => {
  const found = await violations({
    'src/plan/size.ts': "export { world } from '../../fault-simulation/world.ts';\n",
    'src/jobs/worker.ts': sound,
    'fault-simulation/world.ts': "export { size as world } from '../src/jobs/worker.ts';\n",
    'fault-simulation/left.ts': "export { right as left } from './right.ts';\n",
    'fault-simulation/right.ts': "export { left as right } from './left.ts';\n",
  });
  expect(found.map((line) => line.split(' ')[0])).toEqual(['imports-of-plan:', 'no-import-cycles:']);
});

/** What the check says of a project with these files, by their paths. */
async function violations(files: Readonly<Record<string, string>>): Promise<string[]> {
  const directory = directoryOfTest('architecture');
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  return findViolations(await readGraph(directory));
}

describe('the parts of the check for a change to', () => {
  const projects = ['tsconfig.json', 'packages/line-ads/tsconfig.json', 'web/tsconfig.json'];
  const names = (...files: string[]): string[] =>
    partsOf({ projects, changed: { all: files, present: files } }).map(({ name }) => name);
  const everything = 'types of everything but the web app';
  const layers = 'layers and import cycles';
  const wording = 'pages, comments and names';

  test.each<[string, string[], string[]]>([
    [
      'a page',
      ['web/pages/a.tsx'],
      ['types of web', 'style', 'unused code and dependencies', layers, wording, 'regular expressions'],
    ],
    ['a text', ['docs/a.md'], ['style', wording]],
    ['a test', ['test/a.test.ts'], [everything, 'style', 'unused code and dependencies', layers, wording]],
    [
      'a contract, which the web app imports too',
      ['src/contracts/a.ts'],
      [everything, 'types of web', 'style', 'unused code and dependencies', layers, wording, 'regular expressions'],
    ],
    ['a message catalogue', ['locales/ja/web.json'], [everything, 'types of web', 'style', wording]],
    [
      'a package',
      ['packages/line-ads/src/a.ts'],
      [
        everything,
        'types of packages/line-ads',
        'style',
        'unused code and dependencies',
        layers,
        wording,
        'regular expressions',
      ],
    ],
  ])('%s', (_, files, parts) => {
    expect(names(...files)).toEqual(parts);
  });

  test.each(['package-lock.json', 'tsconfig.json', 'biome.json'])('%s are all parts', (file) => {
    expect(names(file)).toEqual(partsOf({ projects }).map(({ name }) => name));
  });

  test('a deleted file are the types and the checks of imports, not the style', () => {
    const parts = partsOf({ projects, changed: { all: ['src/a.ts'], present: [] } });
    expect(parts.map(({ name }) => name)).toEqual([everything, 'unused code and dependencies', layers, wording]);
  });
});
